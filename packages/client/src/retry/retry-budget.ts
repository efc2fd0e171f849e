const maxTokens = 10
const tokenRatio = 0.1

/**
 * What an origin may still be asked again (gRFC A6, "Throttling Retry Attempts and Hedged RPCs"): every failure takes a
 * token, every success gives a tenth of one back, and there are retries only while more than half of them are left. So a
 * server that is down is soon asked once by each call, and not `maxAttempts` times.
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

/** The budget of the origin of `url`; a path belongs to the page's own. */
export function budgetFor(budgets: Map<string, RetryBudget>, url: string): RetryBudget {
  const origin = /^[a-z][a-z\d+.-]*:\/\/[^/]*/i.exec(url)?.[0].toLowerCase() ?? ""
  let budget = budgets.get(origin)
  if (budget === undefined) budgets.set(origin, (budget = new RetryBudget()))
  return budget
}
