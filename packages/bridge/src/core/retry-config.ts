/** Repeated attempts (gRFC A6). */
export interface RetryConfig {
  /** All attempts, the first one included: 2 to 5. */
  readonly maxAttempts: number
  readonly initialBackoffMs: number
  readonly maxBackoffMs: number
  readonly backoffMultiplier: number
  /** gRPC status codes that are repeated. */
  readonly codes: readonly number[]
  /**
   * Time that a backend has for its response headers, in each attempt. An attempt that takes longer is ended, and counts as
   * UNAVAILABLE. Null: the call's deadline alone.
   */
  readonly perAttemptMs: number | null
  readonly budget: RetryBudgetConfig
}

/** Several attempts at once (gRFC A6). */
export interface HedgingConfig {
  /** All attempts, the first one included: 2 to 5. */
  readonly maxAttempts: number
  /** Time after which the next attempt starts. */
  readonly delayMs: number
  /** gRPC status codes after which the next attempt starts at once. Any other status ends the call. */
  readonly nonFatalCodes: readonly number[]
  readonly budget: RetryBudgetConfig
}

/** Token bucket of retries (gRFC A6, retry throttling): no retry while half of the tokens are used. */
export interface RetryBudgetConfig {
  readonly maxTokens: number
  /** Tokens that a success gives back. */
  readonly tokenRatio: number
}
