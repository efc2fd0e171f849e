import type { ServerOptions as HttpOptions } from "node:http"
import type { ServerOptions as Http2Options } from "node:http2"

/** The listener's settings that node's servers keep. */
interface ServerSettings {
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly maxHeadBytes: number
  readonly maxConcurrentStreams: number
}

/** An idle connection's first TCP probe. */
const idleProbeMs = 60_000

/** Resets that a client may ask for, in a burst and per second, before its connection is closed (CVE-2023-44487). */
const resetBurst = 600
const resetsPerSecond = 100

/** How node:http is to be: each departure from its defaults has its reason. */
export function http1OptionsOf(settings: ServerSettings): HttpOptions {
  return {
    headersTimeout: settings.headTimeoutMs,
    requestTimeout: 0, // uploads of a stream may last; one that stops inside a message is ended by the stall clock
    connectionsCheckingInterval: Math.min(1_000, settings.headTimeoutMs),
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    maxHeaderSize: settings.maxHeadBytes * 2, // the limit itself is kept by `serve`, which can answer with CORS
    requireHostHeader: false, // a missing one is answered by `serve`, with a record
    keepAlive: true, // TCP finds out that a client has gone without a word
    keepAliveInitialDelay: idleProbeMs,
  }
}

/** How node:http2 is to be. */
export function http2OptionsOf(settings: ServerSettings): Http2Options {
  return {
    settings: { maxConcurrentStreams: settings.maxConcurrentStreams },
    // An answer's head may have 64 KiB from the backend, and the names of its fields once more for CORS.
    maxSendHeaderBlockLength: 262_144,
    streamResetBurst: resetBurst,
    streamResetRate: resetsPerSecond,
    maxSessionInvalidFrames: 100,
    // Node's 128 fields end in a reset without a word. The limit in bytes, where a field costs 32 more, is kept by `serve`.
    maxHeaderListPairs: Math.ceil((settings.maxHeadBytes * 2) / 32),
    strictSingleValueFields: false, // a backend may send any metadata twice
    // Node counts a write over 64 KiB that is pending when its stream is reset, and never takes it off (22–26). After some
    // hundred cancels it would refuse every stream of the connection, unseen. The pumps bound the bytes instead.
    maxSessionMemory: 1_000_000, // megabytes
  }
}
