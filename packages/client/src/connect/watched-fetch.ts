import { EnvelopeScanner } from "./envelope-scanner.ts"

/** The outcome of one HTTP request. */
export type HttpOutcome =
  /** There is no answer yet. */
  | { readonly kind: "pending" }
  /** `fetch` rejected. */
  | { readonly kind: "refused"; readonly cause: unknown }
  /** The head of an answer arrived; `body` says how far its body was read. */
  | { readonly kind: "answered"; readonly response: Response; readonly body: BodyOutcome }

/** The outcome of the body of an answer. */
export type BodyOutcome =
  | { readonly kind: "open" }
  /** The body broke off. */
  | { readonly kind: "broken"; readonly cause: unknown }
  /** The body ended as HTTP expects. A stream is complete if the Connect protocol's last message was there. */
  | { readonly kind: "ended"; readonly isWholeStream: boolean }

/** A `fetch` that records the outcome of its request. */
export interface WatchedFetch {
  readonly fetch: typeof globalThis.fetch
  readonly outcome: () => HttpOutcome
}

/**
 * Makes a `fetch` for one request and records its outcome, because connect-web's errors do not say whether the network
 * failed. `during` is called with each promise: first with the one for the head of the answer, then with those for
 * bytes of its body.
 */
export function watchFetch(
  fetch: typeof globalThis.fetch | undefined,
  during: <T>(wait: Promise<T>) => Promise<T> = (wait) => wait,
): WatchedFetch {
  let outcome: HttpOutcome = { kind: "pending" }
  return {
    outcome: () => outcome,
    async fetch(url, init) {
      try {
        const response = await during((fetch ?? globalThis.fetch)(url, init))
        const answered = (body: BodyOutcome): void => void (outcome = { kind: "answered", response, body })
        if (response.body === null) {
          answered({ kind: "ended", isWholeStream: false })
          return response
        }
        answered({ kind: "open" })
        return new Response(watchedBody(response.body, during, answered), response)
      } catch (cause) {
        outcome = { kind: "refused", cause }
        throw cause
      }
    },
  }
}

/** Passes the bytes on, no faster than they are read. */
function watchedBody(
  body: ReadableStream<Uint8Array>,
  during: <T>(wait: Promise<T>) => Promise<T>,
  tell: (body: BodyOutcome) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const scanner = new EnvelopeScanner()
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      try {
        const { done, value } = await during(reader.read())
        if (!done) {
          scanner.scan(value)
          return controller.enqueue(value)
        }
        tell({ kind: "ended", isWholeStream: scanner.hasEnded })
        controller.close()
      } catch (cause) {
        tell({ kind: "broken", cause })
        throw cause
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
