/**
 * Runs a task for many askers, with a bound: one run at a time, and at most one that waits. Whoever asks while one waits shares it:
 * it begins later, and so sees everything that was there when they asked.
 */
export class SharedRuns<T> {
  readonly #task: () => Promise<T>
  #running: Promise<T> | null = null
  #waiting: Promise<T> | null = null

  constructor(task: () => Promise<T>) {
    this.#task = task
  }

  /** Resolves or rejects with the result of a run that begins after this call. */
  run(): Promise<T> {
    if (this.#waiting !== null) return this.#waiting
    if (this.#running === null) return this.#begin()
    this.#waiting = this.#beginAfter(this.#running)
    return this.#waiting
  }

  async #beginAfter(running: Promise<T>): Promise<T> {
    try {
      await running
    } catch {
      // Its own askers get the error.
    }
    this.#waiting = null
    return this.#begin()
  }

  #begin(): Promise<T> {
    const run = this.#task().finally(() => {
      if (this.#running === run) this.#running = null
    })
    this.#running = run
    return run
  }
}
