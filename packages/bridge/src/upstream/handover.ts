import type { Endpoint } from "./endpoint.ts"

/**
 * Endpoints that have left their cluster and serve on, since none of the present ones is connected yet. Each has a time limit, and
 * its timer is kept here.
 */
export class Handover {
  readonly #timers = new Map<Endpoint, NodeJS.Timeout>()
  readonly #onTimeout: (endpoint: Endpoint) => void

  constructor(onTimeout: (endpoint: Endpoint) => void) {
    this.#onTimeout = onTimeout
  }

  get size(): number {
    return this.#timers.size
  }

  get endpoints(): readonly Endpoint[] {
    return [...this.#timers.keys()]
  }

  has(endpoint: Endpoint): boolean {
    return this.#timers.has(endpoint)
  }

  /** Begins the time of an endpoint, unless it has begun. */
  begin(endpoint: Endpoint, timeoutMs: number): void {
    if (this.has(endpoint)) return
    this.#timers.set(
      endpoint,
      setTimeout(() => this.#onTimeout(endpoint), timeoutMs),
    )
  }

  end(endpoint: Endpoint): void {
    clearTimeout(this.#timers.get(endpoint))
    this.#timers.delete(endpoint)
  }

  endAll(): void {
    for (const endpoint of this.endpoints) this.end(endpoint)
  }
}
