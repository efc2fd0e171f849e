import { createContextKey, createContextValues } from "@connectrpc/connect"
import type { ContextKey, ContextValues } from "@connectrpc/connect"
import type { CallScope } from "./call-scope.ts"
import { checkOption } from "./check-option.ts"
import type { SilenceOptions } from "./silence-options.ts"
import { SilenceWatch } from "./silence-watch.ts"

/** Ends answers that are silent for too long: `silenceLimits()`. */
export interface SilenceLimits {
  /**
   * Watches one HTTP request, and ends it when a wait takes too long. Returns a function to call with each promise,
   * first with the one for the head of the answer, then with those for bytes of its body. It returns a promise that
   * settles in the same way.
   */
  watch(request: CallScope, values: ContextValues): <T>(wait: Promise<T>) => Promise<T>
}

const limitsKey: ContextKey<SilenceOptions> = /* @__PURE__ */ createContextKey<SilenceOptions>({})

/**
 * Ends calls whose answer does not begin in time, or pauses for too long. Throws a `TypeError` for a negative time or
 * NaN. A single call can have other limits: `withSilenceLimits()`.
 *
 * ```ts
 * const transport = createTransport({ baseUrl, silenceLimits: silenceLimits({ idleTimeoutMs: 60_000 }) })
 * ```
 */
export function silenceLimits(options: SilenceOptions): SilenceLimits {
  checkLimits("silenceLimits", options)
  return {
    watch(request, values) {
      const ofCall = values.get(limitsKey)
      const watch = new SilenceWatch(request, {
        firstByteTimeoutMs: ofCall.firstByteTimeoutMs ?? options.firstByteTimeoutMs ?? 0,
        idleTimeoutMs: ofCall.idleTimeoutMs ?? options.idleTimeoutMs ?? 0,
      })
      return (wait) => watch.during(wait)
    },
  }
}

/**
 * Context values with limits for one call; omitted limits are those of the transport. Interceptors read and write
 * `values` through them, but the limits are not written into `values`, so `values` can be used for another call. Only a
 * transport with `silenceLimits()` applies them.
 *
 * ```ts
 * for await (const event of audit.watch({}, { contextValues: withSilenceLimits({ idleTimeoutMs: 0 }) })) show(event)
 * ```
 */
export function withSilenceLimits(
  limits: SilenceOptions,
  values: ContextValues = createContextValues(),
): ContextValues {
  checkLimits("withSilenceLimits", limits)
  const own: ContextValues = {
    get: <T>(key: ContextKey<T>) => (key.id === limitsKey.id ? (limits as T) : values.get(key)),
    set: (key, value) => (values.set(key, value), own),
    delete: (key) => (values.delete(key), own),
  }
  return own
}

function checkLimits(caller: string, limits: SilenceOptions): void {
  for (const name of ["firstByteTimeoutMs", "idleTimeoutMs"] as const) {
    const { [name]: ms = 0 } = limits
    checkOption(caller, name, ms, ms >= 0, "0 or above")
  }
}
