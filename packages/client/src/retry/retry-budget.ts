const maxTokens = 10
const tokenRatio = 0.1

/**
 * Limits the retries to one origin (gRFC A6, "Throttling Retry Attempts and Hedged RPCs"). Every failure takes a token
 * and every success returns a tenth of one; retries need more than half of the tokens. A server that is down thus soon
 * gets one attempt per call, not `maxAttempts`.
 */
export class RetryBudget {
  #tokens = maxTokens

  get isOpen(): boolean {
    return this.#tokens > maxTokens / 2
  }

  succeeded(): void {
    this.#tokens = Math.min(maxTokens, this.#tokens + tokenRatio)
  }

  failed(): void {
    this.#tokens = Math.max(0, this.#tokens - 1)
  }
}

/** The budget of the origin of `url`. A path belongs to the origin of the page. */
export function budgetFor(budgets: Map<string, RetryBudget>, url: string): RetryBudget {
  const origin = /^[a-z][a-z\d+.-]*:\/\/[^/]*/i.exec(url)?.[0].toLowerCase() ?? ""
  let budget = budgets.get(origin)
  if (budget === undefined) budgets.set(origin, (budget = new RetryBudget()))
  return budget
}
