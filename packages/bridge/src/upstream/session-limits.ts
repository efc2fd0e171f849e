import type { ClientSessionOptions } from "node:http2"
import type { KeepaliveTimes } from "./keepalive.ts"

/**
 * HTTP/2 receive window of one stream: the bytes that a backend may send before we read them, so the cost of a reader that stops.
 * With half of it a reply of 4 MB costs a quarter more CPU; with twice as much it costs no less. node:http2 sets it for a session, not for a stream (docs/decisions/0012-a-budget-for-what-is-held.md).
 */
const streamWindowBytes = 131_072
/** HTTP/2 receive window of a session, for all its streams: large enough that a slow reader does not stall the others. */
export const sessionWindowBytes = 4_194_304

/** Our own limit, whatever the backend allows: all calls of a session share one TCP connection, and are lost with it. */
export const maxStreamsPerSession = 1_000

/** How long a backend may take to close its side of a session that has drained. */
export const lingerMs = 2_000

/** Options for node:http2's client sessions. */
export const http2Options: ClientSessionOptions & { readonly strictSingleValueFields: boolean } = {
  // Above this size every call of the session fails. Node (22–26) counts a write over 64 KiB that is pending when its stream is
  // reset, and never subtracts it: cancelled uploads would reach any limit. The bridge bounds streams, windows and held bytes.
  maxSessionMemory: 1_000_000, // megabytes
  settings: { enablePush: false, initialWindowSize: streamWindowBytes, maxHeaderListSize: 131_072 },
  strictSingleValueFields: false, // a client may send a field twice; the backend decides what that means
  // Node silently ends a stream whose head has more fields. The limit of `maxReplyHeadBytes` is reached before.
  maxHeaderListPairs: 4_096,
  // Above this size nghttp2 sends no head, and the session's header compression breaks. It exceeds --max-head-bytes plus a path.
  maxSendHeaderBlockLength: 262_144,
}

/** Options of a session. */
export interface SessionOptions {
  readonly connectTimeoutMs: number
  readonly keepalive: KeepaliveTimes
}
