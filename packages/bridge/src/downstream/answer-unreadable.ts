import type { Duplex } from "node:stream"

const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
}

/**
 * Answers what node:http could not read as HTTP/1.1, and closes. No exchange exists, hence no origin is known and no CORS
 * field can be written. In the middle of another answer (`isAnswering`), or of a TLS handshake, nothing can be said: the
 * connection is cut.
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex, isAnswering: boolean): void {
  const code = error.code ?? ""
  const isShakingHands = (socket as { secureConnecting?: boolean }).secureConnecting === true // of tls.TLSSocket
  if (!socket.writable || isAnswering || isShakingHands || code === "ECONNRESET") {
    socket.destroy()
    return
  }
  const text = `The request could not be read as HTTP/1.1 (${code === "" ? error.message : code})\n`
  const head = [
    `HTTP/1.1 ${statuses[code] ?? "400 Bad Request"}`,
    "connection: close",
    "content-type: text/plain",
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`, () => socket.destroy())
}
