import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs"

/** Descriptors that the process was started with, such as those of a shell's <(command). */
const inherited = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/

/**
 * Reads a file of at most `maxBytes`. Never waits: in place of a file may stand a FIFO, whose reader would wait for a writer, or a
 * device without an end. Only what the process was started with may be one.
 * @throws {Error} whose `code` is the system's, `ENOTFILE` if it is no regular file, or `EFBIG` if it is too large
 */
export function readSmallFile(path: string, maxBytes: number): Buffer {
  const isInherited = inherited.test(path)
  const descriptor = openSync(path, isInherited ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    if (stats.isDirectory()) throw coded("EISDIR")
    if (!stats.isFile() && !isInherited) throw coded("ENOTFILE")
    if (stats.size > maxBytes) throw coded("EFBIG")
    return readAll(descriptor, maxBytes)
  } finally {
    closeSync(descriptor)
  }
}

/** True for the error of a file that has more bytes than allowed. */
export function isTooLarge(cause: unknown): boolean {
  return codeOf(cause) === "EFBIG"
}

/** The reason why a file could not be read, to follow "which". Never its content. */
export function whyUnreadable(cause: unknown, maxBytes: number): string {
  const code = codeOf(cause)
  switch (code) {
    case "ENOENT":
      return "does not exist"
    case "EACCES":
      return "this user may not read"
    case "EISDIR":
      return "is a folder"
    case "ENOTFILE":
      return "is no file, but a device, a socket or a FIFO"
    case "EFBIG":
      return `has more than ${maxBytes / 1_024} KiB`
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return "is no text in UTF-8"
    default:
      return `cannot be read (${code === "" ? "unknown reason" : code})`
  }
}

/** The size of some files, such as those of /proc, is only known at their end. */
function readAll(descriptor: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = []
  for (let size = 0; size <= maxBytes;) {
    const chunk = Buffer.allocUnsafe(Math.min(65_536, maxBytes + 1 - size))
    const read = readSync(descriptor, chunk)
    if (read === 0) return Buffer.concat(chunks)
    chunks.push(chunk.subarray(0, read))
    size += read
  }
  throw coded("EFBIG")
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : ""
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code })
}
