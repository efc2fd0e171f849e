import type { Duplex } from "node:stream"
import type { ConnectionFailure } from "../core/observer.ts"
import { ignoreError } from "../core/guard.ts"
import { DropWatch } from "./drop-watch.ts"

/** The most bytes of a refused request that are read and dropped. */
const maxDroppedBytes = 1_048_576

/** An answer written to the socket, without an exchange: node:http hands over no request, or none was read. */
export interface RawRefusal {
  /** Code and reason phrase: `405 Method Not Allowed`. */
  readonly status: string
  /** Additional field lines. */
  readonly fields?: readonly string[]
  /** One line: the problem, and the expected form. */
  readonly text: string
}

/** The refusal of a request. The operator sees its reason in log and metrics. */
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

/** The refusal of a connection above the limits. */
export const crowdedRefusal: RawRefusal = {
  status: "503 Service Unavailable",
  text: "This Causeway bridge has as many connections as it takes (--max-connections, --max-connections-per-address)",
}

/** The refusal of HTTP without TLS on a port with TLS. */
export const plainHttpRefusal: RawRefusal = {
  status: "400 Bad Request",
  text: "HTTP without TLS was received, but this port speaks HTTPS (--tls-cert): call it by https://",
}

/** The refusal of an unsupported HTTP version. */
export const versionRefusal: RequestRefusal = {
  reason: "unsupported",
  status: "505 HTTP Version Not Supported",
  text: "The request line names a version other than HTTP/1.0 and HTTP/1.1; HTTP/2 begins with its own preface",
}

/** The refusal of an `expect` field with anything but 100-continue (RFC 9110 §10.1.1). */
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

/** The refusal of a request that node:http could not parse as HTTP/1.1. */
export function unreadableRefusal({ code = "", message }: NodeJS.ErrnoException): RequestRefusal {
  const [status, reason] = unreadable[code] ?? ["400 Bad Request", "unreadable"]
  return {
    status,
    reason,
    text: `The request could not be read as HTTP/1.1 (${code === "" ? message : code})`,
  }
}

/** The refusal of a head that came too slowly. */
export const slowHeadRefusal: RequestRefusal = unreadableRefusal({
  code: "ERR_HTTP_REQUEST_TIMEOUT",
  name: "",
  message: "",
})

/**
 * Answers on the socket, and owns it until it is destroyed. Writes no CORS fields, since no origin is known. If another answer
 * has begun (`isAnswering`) or TLS is not set up, no answer is possible: the connection is cut.
 */
export function refuseRaw(socket: Duplex, refusal: RawRefusal, isAnswering: boolean): void {
  const isInHandshake = (socket as { secureConnecting?: boolean }).secureConnecting === true // of tls.TLSSocket
  if (!socket.writable || isAnswering || isInHandshake) {
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

/** Takes over a socket that node:http no longer uses. Reads and drops until the client closes its side or `watch` ends. */
export function dropRest(socket: Duplex, watch: DropWatch): void {
  // The parser must not get the data: it would report each piece as an error, or as a request.
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
