import type { Http2Connect } from "./http2-connection.ts"
import type { KeepaliveTimes } from "./keepalive.ts"

/**
 * HTTP/2 receive window of one stream: the bytes that a backend may send before we read them, so the cost of a reader that stops.
 * With half of it a reply of 4 MB costs a quarter more CPU; with twice as much it costs no less. node:http2 sets it for a session, not for a stream (docs/decisions/0012-a-budget-for-what-is-held.md).
 */
export const streamWindowBytes = 131_072
/** HTTP/2 receive window of a session, for all its streams: large enough that a slow reader does not stall the others. */
export const sessionWindowBytes = 4_194_304

/** Our own limit, whatever the backend allows: all calls of a session share one TCP connection, and are lost with it. */
export const maxStreamsPerSession = 1_000

/** How long a backend may take to close its side of a session that has drained. */
export const lingerMs = 2_000

/**
 * Limit for the names and values of a head, and of trailers. Browsers and proxies refuse larger heads, some together with the
 * connection.
 */
export const maxReplyHeadBytes = 65_536
/** Limit for the interim heads (1xx) of one reply. */
export const maxInterimHeads = 10

/** Options of a session. */
export interface SessionOptions {
  /** The implementation of HTTP/2. */
  readonly connect: Http2Connect
  readonly connectTimeoutMs: number
  readonly keepalive: KeepaliveTimes
}
