import type { ClientSessionOptions } from "node:http2"

/**
 * Bytes that a backend may send on one stream before we have taken them: what a reader that stops costs us. node:http2 sets it for
 * a session, not for a stream (docs/decisions/0012-a-budget-for-what-is-held.md).
 */
const streamWindowBytes = 65_536
/** The same for all streams of a session together: a slow reader must not stall its neighbours. */
export const sessionWindowBytes = 4_194_304

/** Ours, whatever the backend allows: one session is one TCP connection, and one fate. */
export const maxStreamsPerSession = 1_000

/** What node:http2 is told of each session. */
export const http2Options: ClientSessionOptions & { readonly strictSingleValueFields: boolean } = {
  // Node's default of 10 MB ends the session when some ten thousand streams are open; streams and windows are bounded here.
  maxSessionMemory: 1_024,
  settings: { enablePush: false, initialWindowSize: streamWindowBytes, maxHeaderListSize: 131_072 },
  strictSingleValueFields: false, // what a client doubles, the backend judges
  // Node ends a stream whose head has more, without a word; `maxReplyHeadBytes` is reached before.
  maxHeaderListPairs: 4_096,
  // Beyond it nghttp2 sends no head, and the session's header compression is broken: more than --max-head-bytes and a path take.
  maxSendHeaderBlockLength: 262_144,
}
