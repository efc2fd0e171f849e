import { abortError } from "./abort-error.ts"

/**
 * Settles as `work` does, or rejects as soon as `signal` aborts. `work` goes on, because other callers may wait for it.
 */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortError(signal))
    if (signal.aborted) onAbort()
    signal.addEventListener("abort", onAbort)
    work.finally(() => signal.removeEventListener("abort", onAbort)).then(resolve, reject)
  })
}
