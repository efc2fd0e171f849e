import type { ServerOptions as HttpOptions } from "node:http"
import type { ServerOptions as Http2Options } from "node:http2"

/** The listener's settings that Node's servers enforce. */
interface ServerSettings {
  readonly headTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly maxHeadBytes: number
  readonly maxConcurrentStreams: number
}

/** Delay of the first TCP keepalive probe on an idle connection. */
const idleProbeMs = 60_000

/** Resets that a client may cause, in a burst and per second, before its connection is closed (CVE-2023-44487). */
export const resetBurst = 600
export const resetsPerSecond = 100

/** Options for node:http. Each departure from a default has its reason. */
export function http1OptionsOf(settings: ServerSettings): HttpOptions {
  return {
    headersTimeout: settings.headTimeoutMs,
    requestTimeout: 0, // no limit: uploads of a stream may last long; the stall clock ends one that stops inside a message
    connectionsCheckingInterval: Math.min(1_000, settings.headTimeoutMs),
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    maxHeaderSize: settings.maxHeadBytes * 2, // `serve` enforces the real limit, since it can answer with CORS fields
    requireHostHeader: false, // `serve` answers a missing one, with a record
    keepAlive: true, // TCP detects a client that has vanished silently
    keepAliveInitialDelay: idleProbeMs,
  }
}

/** Options for node:http2. */
export function http2OptionsOf(settings: ServerSettings): Http2Options {
  return {
    settings: { maxConcurrentStreams: settings.maxConcurrentStreams },
    // An answer's head may hold 64 KiB of the backend's fields, and their names again for CORS.
    maxSendHeaderBlockLength: 262_144,
    streamResetBurst: resetBurst,
    streamResetRate: resetsPerSecond,
    maxSessionInvalidFrames: 100,
    // With Node's default of 128 fields a larger head is reset silently. `serve` enforces the limit in bytes, where each field
    // costs 32 more.
    maxHeaderListPairs: Math.ceil((settings.maxHeadBytes * 2) / 32),
    strictSingleValueFields: false, // a backend may send any metadata twice
    // Node (22–26) counts a write over 64 KiB that is pending when its stream is reset, and never subtracts it. After some
    // hundred cancels it would refuse every stream of the connection, without any event. The pumps bound the bytes instead.
    maxSessionMemory: 1_000_000, // megabytes
  }
}
