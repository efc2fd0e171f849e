import type { HandlerContext } from "@connectrpc/connect"
import { expect } from "@playwright/test"

/** A method that takes calls and never answers, until its caller has gone. */
export class Silence {
  /** The remaining time of the calls so far on their arrival, in milliseconds; undefined: no deadline. */
  readonly timeoutsMs: (number | undefined)[] = []
  readonly #signals: AbortSignal[] = []

  readonly method = (_request: unknown, context: HandlerContext): Promise<never> => {
    this.timeoutsMs.push(context.timeoutMs())
    this.#signals.push(context.signal)
    return new Promise((_resolve, reject) => {
      context.signal.addEventListener("abort", () => reject(context.signal.reason as Error))
    })
  }

  /** Resolves when so many calls have come. */
  async called(count: number): Promise<void> {
    const come = (): number => this.#signals.length
    await expect.poll(come, { intervals: [10], message: "the backend's silent calls" }).toBe(count)
  }

  /** Expects the backend to learn within a second that all callers have left. */
  async expectCancelled(): Promise<void> {
    const areOver = (): boolean => this.#signals.every(({ aborted }) => aborted)
    await expect
      .poll(areOver, { timeout: 20_000, intervals: [10], message: "the handlers' signals are aborted" })
      .toBe(true)
  }
}
