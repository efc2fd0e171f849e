/**
 * Notifies one waiting reader of new data. It carries no data and remembers at most one ring, so that a slow reader
 * costs no memory.
 */
export class Bell {
  #hasRung = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#hasRung = true
    this.#wake?.()
  }

  /** Resolves when the bell has rung since the previous wait. Rejects with the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!this.#hasRung) await this.#nextRing(signal)
    this.#hasRung = false
  }

  #nextRing(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#wake = null
        reject(signal.reason as Error)
      }
      signal.addEventListener("abort", onAbort, { once: true })
      this.#wake = () => {
        this.#wake = null
        signal.removeEventListener("abort", onAbort)
        resolve()
      }
    })
  }
}
