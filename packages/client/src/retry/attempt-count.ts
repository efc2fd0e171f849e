/**
 * How many attempts a call took, by the signal of its request: each call has its own, which a `contextValues` that the
 * caller uses for several calls at once is not. State of the module, because `retry` and `logger` may each be used without
 * the other; it holds nothing longer than the call itself does.
 */
const attempts: WeakMap<AbortSignal, number> = /* @__PURE__ */ new WeakMap()

export function noteAttempts(signal: AbortSignal, count: number): void {
  attempts.set(signal, count)
}

/** Undefined if nobody counted. */
export function attemptsOf(signal: AbortSignal): number | undefined {
  return attempts.get(signal)
}
