/**
 * The number of attempts of each call. The key is the signal of the request, because each call has its own signal;
 * `contextValues` may be shared by several calls. It is module state, because `retry` and `logger` can each be used
 * without the other. An entry lives no longer than its call.
 */
const attempts: WeakMap<AbortSignal, number> = /* @__PURE__ */ new WeakMap()

export function noteAttempts(signal: AbortSignal, count: number): void {
  attempts.set(signal, count)
}

/** Undefined if `retry` did not count attempts. */
export function attemptsOf(signal: AbortSignal): number | undefined {
  return attempts.get(signal)
}
