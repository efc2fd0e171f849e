import type { ConnectError } from "@connectrpc/connect"

/**
 * How a resumable stream is. `attempt` is 1 for the first one, and counts the failures in a row after that; `error` is why
 * the attempt before failed, null if there was none or if it just ended.
 */
export type StreamState =
  /** No answer yet; also before the first message is asked for, when nothing has been sent. */
  | { readonly kind: "connecting"; readonly attempt: number; readonly error: ConnectError | null }
  /** The head of the answer has come. */
  | { readonly kind: "open" }
  /** Attempt `attempt` begins at `untilMs`, on the clock of `performance.now()`; Infinity: when the page is back. */
  | {
      readonly kind: "waiting"
      readonly attempt: number
      readonly untilMs: number
      readonly error: ConnectError | null
    }
  /** Over. null: all messages have come, or the consumer left. */
  | { readonly kind: "closed"; readonly error: ConnectError | null }
