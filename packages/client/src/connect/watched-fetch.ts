/** What came of one HTTP request. */
export type HttpOutcome =
  /** There is no answer yet. */
  | { readonly kind: "pending" }
  /** `fetch` rejected. */
  | { readonly kind: "refused"; readonly cause: unknown }
  /** The head of an answer came. */
  | { readonly kind: "answered"; readonly response: Response }

/** A `fetch` that remembers what came of its request. */
export interface WatchedFetch {
  readonly fetch: typeof globalThis.fetch
  readonly outcome: () => HttpOutcome
}

/** For one request: the transport that it is given to tells a lost network apart from nothing else. */
export function watchFetch(fetch: typeof globalThis.fetch | undefined): WatchedFetch {
  let outcome: HttpOutcome = { kind: "pending" }
  return {
    outcome: () => outcome,
    async fetch(url, init) {
      try {
        const response = await (fetch ?? globalThis.fetch)(url, init)
        outcome = { kind: "answered", response }
        return response
      } catch (cause) {
        outcome = { kind: "refused", cause }
        throw cause
      }
    },
  }
}
