/**
 * Tells one waiting reader that there is something new to read. It carries nothing and remembers one ring at most, so
 * that a reader however slow costs no memory.
 */
export class Bell {
  #hasRung = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#hasRung = true
    this.#wake?.()
  }

  /** Resolves when the bell has rung since the wait before this one; rejects with the signal's reason. */
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
