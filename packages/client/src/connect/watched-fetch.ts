import { EnvelopeScanner } from "./envelope-scanner.ts"

/** What came of one HTTP request. */
export type HttpOutcome =
  /** There is no answer yet. */
  | { readonly kind: "pending" }
  /** `fetch` rejected. */
  | { readonly kind: "refused"; readonly cause: unknown }
  /** The head of an answer came, and its body as far as it was read. */
  | { readonly kind: "answered"; readonly response: Response; readonly body: BodyOutcome }

/** What came of the body of an answer. */
export type BodyOutcome =
  | { readonly kind: "open" }
  /** It broke off. */
  | { readonly kind: "broken"; readonly cause: unknown }
  /** It ended in good order for HTTP. As a stream it is whole if the Connect protocol's last message was there. */
  | { readonly kind: "ended"; readonly isWholeStream: boolean }

/** A `fetch` that remembers what came of its request. */
export interface WatchedFetch {
  readonly fetch: typeof globalThis.fetch
  readonly outcome: () => HttpOutcome
}

/**
 * For one request: the transport that it is given to tells a lost network apart from nothing else. `during` is called with each
 * wait, first with that for the head of the answer, then with those for bytes of its body.
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

/** The same bytes, no faster than they are read. */
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
