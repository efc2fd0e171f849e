import type { Duplex } from "node:stream"
import type { ConnectionFailure } from "../core/observer.ts"
import { ignoreError } from "../core/guard.ts"
import { DropWatch } from "./drop-watch.ts"

/** What of a refused request, whatever it is, is read and dropped at most. */
const maxDroppedBytes = 1_048_576

/** An answer that no exchange gives, since node:http hands over no request, or no request was read. */
export interface RawRefusal {
  /** Code and words: `405 Method Not Allowed`. */
  readonly status: string
  /** Field lines besides those that every refusal has. */
  readonly fields?: readonly string[]
  /** What was received, what was expected. One line. */
  readonly text: string
}

/** The refusal of a request, which the operator is told of by this reason. */
export interface RequestRefusal extends RawRefusal {
  readonly reason: ConnectionFailure
}

/** The refusal of a CONNECT: this is no forward proxy. */
export const connectRefusal: RequestRefusal = {
  reason: "unsupported",
  status: "405 Method Not Allowed",
  fields: ["allow: POST, OPTIONS"],
  text: "CONNECT was received: this is a Causeway bridge, which takes gRPC calls as POST /package.Service/Method",
}

/** The refusal of a connection beyond the limits. */
export const crowdedRefusal: RawRefusal = {
  status: "503 Service Unavailable",
  text: "This Causeway bridge has as many connections as it takes (--max-connections, --max-connections-per-address)",
}

/** The refusal of a version that is spoken on no connection of this kind. */
export const versionRefusal: RequestRefusal = {
  reason: "unsupported",
  status: "505 HTTP Version Not Supported",
  text: "The request line names a version other than HTTP/1.0 and HTTP/1.1; HTTP/2 begins with its own preface",
}

/** The refusal of an `expect` field that asks for anything but 100-continue (RFC 9110 §10.1.1). */
export const expectationRefusal: RequestRefusal = {
  reason: "unsupported",
  status: "417 Expectation Failed",
  text: "The field expect names an expectation that this bridge does not know; 100-continue or no such field is expected",
}

const unreadable: Readonly<Record<string, readonly [status: string, reason: ConnectionFailure]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "large-head"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ["413 Payload Too Large", "unreadable"],
  HPE_INVALID_EOF_STATE: ["400 Bad Request", "truncated"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "slow-head"],
}

/** The refusal of what node:http could not read as HTTP/1.1. */
export function unreadableRefusal({ code = "", message }: NodeJS.ErrnoException): RequestRefusal {
  const [status, reason] = unreadable[code] ?? ["400 Bad Request", "unreadable"]
  return {
    status,
    reason,
    text: `The request could not be read as HTTP/1.1 (${code === "" ? message : code})`,
  }
}

/** The refusal of a head that did not come in time. */
export const slowHeadRefusal: RequestRefusal = unreadableRefusal({
  code: "ERR_HTTP_REQUEST_TIMEOUT",
  name: "",
  message: "",
})

/**
 * Answers where no exchange can, and owns the socket until it is destroyed. No CORS field is written, since no origin is known.
 * Where nothing may be said, because another answer has begun (`isAnswering`) or TLS is not set up, the connection is cut.
 */
export function refuseRaw(socket: Duplex, refusal: RawRefusal, isAnswering: boolean): void {
  const isShakingHands = (socket as { secureConnecting?: boolean }).secureConnecting === true // of tls.TLSSocket
  if (!socket.writable || isAnswering || isShakingHands) {
    socket.on("error", ignoreError).destroy()
    return
  }
  const { status, fields = [], text } = refusal
  const length = Buffer.byteLength(text) + 1
  const head = [...fields, "connection: close", "content-type: text/plain; charset=utf-8", `content-length: ${length}`]
  const watch = new DropWatch(maxDroppedBytes, () => socket.destroy())
  dropRest(socket, watch)
  socket.end(`HTTP/1.1 ${status}\r\n${head.join("\r\n")}\r\n\r\n${text}\n`)
}

/**
 * Takes an HTTP/1.1 socket from node:http, which has said its last word on it: reads and drops what comes until the client closes
 * its side or `watch` is over.
 */
export function dropRest(socket: Duplex, watch: DropWatch): void {
  // The parser hears nothing more: it would tell of each further piece as of an error, or as of a request.
  socket.removeAllListeners("data").removeAllListeners("end")
  socket.on("data", (chunk: Buffer) => watch.dropped(chunk.length))
  socket.on("end", () => {
    if (socket.writableFinished) socket.destroy()
    else socket.once("finish", () => socket.destroy())
  })
  socket.on("error", ignoreError)
  socket.once("close", () => watch.stop())
  socket.resume()
}
