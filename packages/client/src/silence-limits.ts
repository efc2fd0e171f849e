import { createContextKey, createContextValues } from "@connectrpc/connect"
import type { ContextKey, ContextValues } from "@connectrpc/connect"

/** How long an answer may be silent. 0 and Infinity are no limit. */
export interface SilenceLimits {
  /**
   * The time until an answer begins, in milliseconds, from when its request is sent to the HTTP head; for each attempt.
   * After it the call fails with UNAVAILABLE, reason `no-first-byte`. A service that sends its head only with its first
   * message needs that long. Default: none.
   */
  readonly firstByteTimeoutMs?: number
  /**
   * The time that an answer may pause, in milliseconds, counted from byte to byte: half a message is a sign of life too.
   * Time in which the consumer takes nothing does not count. After it the call fails with UNAVAILABLE, reason `stalled`,
   * even where the browser never notices that the connection is gone. A stream that is rightly quiet for long needs a
   * longer limit. Default: none.
   */
  readonly idleTimeoutMs?: number
}

const limitsKey: ContextKey<SilenceLimits> = /* @__PURE__ */ createContextKey<SilenceLimits>({})

/** The limits of one call, or else of its transport; 0 where there is none. */
export function silenceLimits(ofTransport: SilenceLimits, values: ContextValues): Required<SilenceLimits> {
  const ofCall = values.get(limitsKey)
  return {
    firstByteTimeoutMs: ofCall.firstByteTimeoutMs ?? ofTransport.firstByteTimeoutMs ?? 0,
    idleTimeoutMs: ofCall.idleTimeoutMs ?? ofTransport.idleTimeoutMs ?? 0,
  }
}

/**
 * The context of a call that has limits of its own: connect's `Transport` has no other way to carry them. What interceptors
 * set reaches `values`, but the limits do not: the caller may use the same values for another call.
 */
export function withSilenceLimits(limits: SilenceLimits, values: ContextValues | undefined): ContextValues | undefined {
  const { firstByteTimeoutMs, idleTimeoutMs } = limits
  if (firstByteTimeoutMs === undefined && idleTimeoutMs === undefined) return values
  const shared = values ?? createContextValues()
  const own: ContextValues = {
    get: <T>(key: ContextKey<T>) => (key.id === limitsKey.id ? (limits as T) : shared.get(key)),
    set: (key, value) => (shared.set(key, value), own),
    delete: (key) => (shared.delete(key), own),
  }
  return own
}
