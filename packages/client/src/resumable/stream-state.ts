import type { ConnectError } from "@connectrpc/connect"

/**
 * The state of a resumable stream. `attempt` is 1 for the first attempt and grows by one with each consecutive failure.
 * `error` is the failure of the previous attempt; null if there was none, or if it ended with status OK.
 */
export type StreamState =
  /** There is no answer yet. Also the state before the first message is requested, when nothing has been sent. */
  | { readonly kind: "connecting"; readonly attempt: number; readonly error: ConnectError | null }
  /** The head of the answer has arrived. */
  | { readonly kind: "open" }
  /** Attempt `attempt` begins at `untilMs`, on the clock of `performance.now()`; Infinity: when the page is back. */
  | {
      readonly kind: "waiting"
      readonly attempt: number
      readonly untilMs: number
      readonly error: ConnectError | null
    }
  /** The stream is over. `error` is null if all messages have arrived or the consumer left. */
  | { readonly kind: "closed"; readonly error: ConnectError | null }
