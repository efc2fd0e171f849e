import { constants } from "node:http2"
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import type { SessionEnd } from "../core/observer.ts"
import type { Lost } from "../core/upstream-stream.ts"
import type { ClosedStream } from "./http2-connection.ts"
import { maxReplyHeadBytes } from "./session-limits.ts"

const portHint = "does the port expect HTTP/1.1, or TLS (https://)?"
const mayWantCertificate =
  "it may demand a client certificate (--upstream-cert, or tls.cert in the configuration file), or reject the bridge's"

/** A session that has ended, as its end is observed. */
interface EndedSession {
  readonly endpoint: { readonly name: string }
  readonly address: string | null
  readonly failure: Error | null
  readonly closing: SessionClosing
}

/**
 * Who has announced the end of a session: the bridge, or the backend by a GOAWAY. `cut`: the backend's GOAWAY came, but calls were
 * open at the end. `nobody`: the connection closed without a word.
 */
export type SessionClosing = "bridge" | "backend" | "cut" | "nobody"

/** How an open session ended. */
export function endOf({ endpoint, address, failure, closing }: EndedSession): SessionEnd {
  return { endpoint: endpoint.name, address, why: failure?.message ?? closingWords[closing], cause: failure }
}

const unannounced =
  "the backend closed the connection without a GOAWAY: its process crashed or was killed, or a proxy between closed it"

const closingWords: Readonly<Record<SessionClosing, string>> = {
  bridge: "this bridge closed it",
  backend: "the backend announced the end (GOAWAY), and every open call had ended",
  cut: "the backend announced the end (GOAWAY), and closed it while calls were open",
  nobody: `${unannounced}; no call was open`,
}

/** The reason why a session never opened. Node reports only that the connection closed; the socket's state tells more. */
export function whyNeverOpen(failure: Error | null, socket: Socket): Error {
  const isTls = socket instanceof TLSSocket
  if (failure !== null && codeOf(failure) === "ERR_HTTP2_ERROR") {
    const hint = isTls ? "is it a gRPC server?" : portHint
    return new Error(`its answer is not HTTP/2; ${hint} (ERR_HTTP2_ERROR)`, { cause: failure })
  }
  if (failure instanceof AggregateError) return oneError(failure)
  if (failure !== null && codeOf(failure) !== "ECONNRESET" && codeOf(failure) !== "EPIPE") return failure
  if (!isTls) return failure ?? new Error(`it closed the connection before it spoke HTTP/2; ${portHint}`)
  const when =
    socket.alpnProtocol === "h2" ? "it agreed to HTTP/2 over TLS and then closed" : "during the TLS handshake it closed"
  return new Error(`${when} the connection; ${mayWantCertificate}`, { cause: failure })
}

/** Node's error for a name with several addresses has one error for each, and no message (Node 22–26). */
function oneError(failure: AggregateError): Error {
  const { errors, code } = failure as AggregateError & { readonly code?: string }
  const message = errors.map((error) => (error instanceof Error ? error.message : String(error))).join("; ")
  return Object.assign(new Error(message, { cause: failure }), code === undefined ? {} : { code })
}

/** The reason why a session was not open in time: how far the connection has come. */
export function whySilent(socket: Socket, timeoutMs: number): Error {
  const within = `within ${timeoutMs} ms (--connect-timeout, or connect-timeout of the upstream in the configuration file)`
  if (socket.connecting) return new Error(`its host does not answer: no TCP connection ${within}`)
  if (socket instanceof TLSSocket && socket.alpnProtocol === null) {
    return new Error(
      `it accepts connections, but the TLS handshake did not end ${within}; does it speak TLS on this port?`,
    )
  }
  const hint = socket instanceof TLSSocket ? "" : `; ${portHint}`
  return new Error(`it accepts connections, but sent no HTTP/2 settings ${within}${hint}`)
}

/** The reason why an open session ended unexpectedly. */
export function whyLost(failure: Error | null): Error {
  if (failure === null) return new Error(unannounced)
  const words = lossWords[codeOf(failure) ?? ""]
  return words === undefined ? failure : new Error(`${words} (${codeOf(failure)})`, { cause: failure })
}

const reset = "the connection was reset: the backend's process ended, or something between cut it"

const lossWords: Readonly<Record<string, string | undefined>> = {
  ECONNRESET: reset,
  EPIPE: reset,
  ETIMEDOUT: "the backend's host stopped answering",
  ERR_HTTP2_ERROR: "the backend broke the rules of HTTP/2, or sent a head longer than 128 KiB",
}

/** State of a session that tells how a stream was lost. */
export interface SessionView {
  readonly isOver: boolean
  /** Last stream id of the GOAWAY. Infinity: none came. */
  readonly lastStreamId: number
  readonly goawayCode: number
  readonly hasServed: boolean
  readonly cause: Error | null
}

/** How a stream was lost that closed without trailers. */
export function howLost(
  { id, rstCode = 0 }: ClosedStream,
  { isOver, lastStreamId, goawayCode, hasServed, cause }: SessionView,
): Lost {
  // RFC 9113 §6.8: streams above the GOAWAY's last id were not processed. nghttp2 closes them as refused.
  const isLeftOver = id === undefined || id > lastStreamId
  if (isLeftOver || rstCode === constants.NGHTTP2_REFUSED_STREAM) {
    const kind = isLeftOver && hasServed ? "goaway" : "reset"
    return { kind, code: constants.NGHTTP2_REFUSED_STREAM, wasProcessed: "no", cause }
  }
  if (!isOver) return { kind: "reset", code: rstCode, wasProcessed: "maybe", cause }
  return { kind: goawayCode === 0 ? "connection" : "goaway", code: goawayCode, wasProcessed: "maybe", cause }
}

/** The loss of a stream that we have reset, since its head or trailers are too long. `received` begins the sentence. */
export function refusedHead(received: string): Lost {
  const cause = new Error(
    `${received}; this bridge accepts ${maxReplyHeadBytes} bytes of metadata; is an error text too long? Large values belong in messages`,
  )
  return { kind: "head", code: constants.NGHTTP2_CANCEL, wasProcessed: "maybe", cause }
}

/** Number of calls that a GOAWAY's last stream id names. 0 for 2^31-1, which leaves it to a second GOAWAY (RFC 9113 §6.8). */
export function callsTaken(lastStreamId: number): number {
  return lastStreamId > 0 && lastStreamId < 2 ** 31 - 1 ? (lastStreamId + 1) >> 1 : 0
}

function codeOf(failure: Error): string | undefined {
  return (failure as NodeJS.ErrnoException).code
}
