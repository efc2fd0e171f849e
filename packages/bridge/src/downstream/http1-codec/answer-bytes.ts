import { STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import type { ResponseHead } from "../../core/exchange.ts"

/** How the end of an answer is recognised (RFC 9112 §6.3). */
export type AnswerFraming =
  | "chunked"
  | "length"
  /** HTTP/1.0: by the end of the connection. */
  | "close"

/** The facts of a head that its connection adds. */
export interface HeadContext {
  readonly framing: AnswerFraming
  /** Bytes of the body, if `framing` is `length`. */
  readonly bodyBytes: number
  /** Another request may follow. */
  readonly isPersistent: boolean
  /** The request is HTTP/1.0. */
  readonly isHttp10: boolean
  /** Value of the field `date`. */
  readonly date: string
}

/**
 * The head of an answer, as text whose characters are octets.
 * @throws {TypeError} for a name or value that would forge another field
 */
export function headText(head: ResponseHead, context: HeadContext): string {
  const { status, fields } = head
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`
  for (let i = 0; i < fields.length; i += 2) {
    if (unsafeName.test(fields[i]) || unsafeValue.test(fields[i + 1])) {
      throw new TypeError(
        `The answer's field ${JSON.stringify(fields[i])} has a character that HTTP/1.1 does not allow`,
      )
    }
    text += `${fields[i]}: ${fields[i + 1]}\r\n`
  }
  if (head.omitsDate !== true) text += `date: ${context.date}\r\n`
  if (!context.isPersistent) text += "connection: close\r\n"
  else if (context.isHttp10) text += "connection: keep-alive\r\n"
  if (context.framing === "chunked") return `${text}transfer-encoding: chunked\r\n\r\n`
  // RFC 9110 §8.6: a 204 has no length.
  if (context.framing === "length" && status !== 204) return `${text}content-length: ${context.bodyBytes}\r\n\r\n`
  return `${text}\r\n`
}

const unsafeName = /[^\w!#$%&'*+.^`|~-]/
const unsafeValue = /[^\t\x20-\x7e\x80-\xff]/

/** The line before a chunk of so many bytes. */
export function chunkLine(bytes: number): string {
  return `${bytes.toString(16)}\r\n`
}

/** From this size on the copy of a body costs more than its place in a gathered write. */
const maxCopiedBytes = 16_384

/**
 * Writes a text, a body of so many bytes, and another text in one system call if the socket allows. False: wait for its `drain`.
 */
export function writeAnswer(
  socket: Socket,
  before: string,
  body: readonly Uint8Array[],
  bodyBytes: number,
  after: string,
): boolean {
  if (bodyBytes > maxCopiedBytes) return writeGathered(socket, before, body, after)
  const joined = Buffer.allocUnsafe(before.length + bodyBytes + after.length)
  let at = joined.write(before, 0, "latin1")
  for (const part of body) {
    joined.set(part, at)
    at += part.length
  }
  joined.write(after, at, "latin1")
  return socket.write(joined)
}

function writeGathered(socket: Socket, before: string, body: readonly Uint8Array[], after: string): boolean {
  socket.cork()
  if (before !== "") socket.write(before, "latin1")
  for (const part of body) socket.write(part)
  if (after !== "") socket.write(after, "latin1")
  socket.uncork()
  return !socket.writableNeedDrain
}
