import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"

const closedEarly =
  "it closed the connection before it spoke HTTP/2; is the port one for HTTP/1.1, or for TLS (https://)?"
const mayWantCertificate = "it may demand a client certificate (--upstream-cert), or not accept the bridge's"

/** The reason why a session never opened. Node reports only that the connection closed; the socket's state tells more. */
export function whyNeverOpen(failure: Error | null, socket: Socket): Error {
  if (failure !== null && codeOf(failure) !== "ECONNRESET" && codeOf(failure) !== "EPIPE") return failure
  if (!(socket instanceof TLSSocket)) return failure ?? new Error(closedEarly)
  const when =
    socket.alpnProtocol === "h2" ? "it agreed to HTTP/2 over TLS and then closed" : "during the TLS handshake it closed"
  return new Error(`${when} the connection; ${mayWantCertificate}`, { cause: failure })
}

/** The reason why a session was not open in time: how far the connection has come. */
export function whySilent(socket: Socket, timeoutMs: number): Error {
  const within = `within ${timeoutMs} ms (--connect-timeout)`
  if (socket.connecting) return new Error(`its host does not answer: no TCP connection ${within}`)
  if (socket instanceof TLSSocket && socket.alpnProtocol === null) {
    return new Error(`it accepts connections, but no TLS handshake ended ${within}; does it speak TLS on this port?`)
  }
  const hint = socket instanceof TLSSocket ? "" : "; is the port one for HTTP/1.1, or for TLS (https://)?"
  return new Error(`it accepts connections, but sent no HTTP/2 settings ${within}${hint}`)
}

/** The reason why an open session ended unexpectedly. */
export function whyLost(failure: Error | null): Error {
  if (failure === null) return new Error("the backend closed the connection without a GOAWAY")
  const words = lossWords[codeOf(failure) ?? ""]
  return words === undefined ? failure : new Error(`${words} (${codeOf(failure)})`, { cause: failure })
}

const reset = "the connection was reset: the backend's process ended, or something between cut it"

const lossWords: Readonly<Record<string, string | undefined>> = {
  ECONNRESET: reset,
  EPIPE: reset,
  ETIMEDOUT: "the backend's host answers no more",
  ERR_HTTP2_ERROR: "the backend broke the rules of HTTP/2, or sent a head longer than 128 KiB",
}

/** Whether a GOAWAY's last stream id names a call that the backend takes: 2^31-1 leaves it to a second GOAWAY (RFC 9113 §6.8). */
export function namesCall(lastStreamId: number): boolean {
  return lastStreamId > 0 && lastStreamId < 2 ** 31 - 1
}

function codeOf(failure: Error): string | undefined {
  return (failure as NodeJS.ErrnoException).code
}
