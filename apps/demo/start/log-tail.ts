import { open } from "node:fs/promises"

/** Only this much is read, because a log can grow to gigabytes. It is enough for `maxLines` lines. */
const maxBytes = 64 * 1024
const maxLines = 5

/** Reads the last lines of a log: at most `maxLines` lines, and nothing before byte `from`. */
export async function lastLines(logFile: string, from: number): Promise<string> {
  const log = await open(logFile)
  try {
    const { size } = await log.stat()
    const position = Math.max(from, size - maxBytes)
    const { buffer, bytesRead } = await log.read({ buffer: Buffer.alloc(maxBytes), position })
    return buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n").slice(-maxLines).join("\n")
  } finally {
    await log.close()
  }
}
