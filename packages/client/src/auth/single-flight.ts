/** Shares one run of a piece of work between all callers that use the same key while it runs. */
export class SingleFlight<K, T> {
  readonly #work: (key: K) => Promise<T>
  readonly #running = new Map<K, Promise<T>>()

  constructor(work: (key: K) => Promise<T>) {
    this.#work = work
  }

  run(key: K): Promise<T> {
    const running = this.#running.get(key)
    if (running) return running
    const started = this.#work(key).finally(() => this.#running.delete(key))
    this.#running.set(key, started)
    return started
  }
}
