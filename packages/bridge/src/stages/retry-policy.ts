import type { RetryConfig } from "../core/retry-config.ts"
import type { RetryBudget } from "../core/upstream.ts"

/** An attempt that has failed before the call was committed. */
export interface FailedAttempt {
  /** Attempts so far, this one included. Transparent retries are not counted. */
  readonly attempts: number
  /** Retries since the last one whose delay the backend has chosen, or since the start. */
  readonly backoffs: number
  /** gRPC status code. */
  readonly code: number
  /** The value of `grpc-retry-pushback-ms`. Null: the backend did not send it. */
  readonly pushback: string | null
}

/** What comes after a failed attempt. */
export type RetryDecision =
  | { readonly kind: "retry"; readonly delayMs: number; readonly isPushback: boolean }
  | { readonly kind: "stop"; readonly why: StopReason }

/** Why a failed call is not repeated. */
export type StopReason =
  | "status-not-retried"
  | "attempts-used-up"
  | "retry-budget-exhausted"
  /** The backend wants no retry. */
  | "pushback"
  /** More of the request was sent than is kept. */
  | "request-not-kept"
  /** The deadline would pass before the next attempt. */
  | "deadline"
  /** As many retries as the upstream allows are in flight. */
  | "breaker-open"
  | "call-over"

const maxPushbackMs = 2 ** 31 - 1

/** Decides by gRFC A6. Counts the failure in the budget. */
export function decideRetry(
  attempt: FailedAttempt,
  config: RetryConfig,
  budget: RetryBudget,
  random: () => number,
): RetryDecision {
  const pushbackMs = attempt.pushback === null ? null : parsePushback(attempt.pushback)
  const isRefused = attempt.pushback !== null && pushbackMs === null
  if (!isRefused && !config.codes.includes(attempt.code)) return { kind: "stop", why: "status-not-retried" }
  budget.failed(config.budget)
  if (isRefused) return { kind: "stop", why: "pushback" }
  if (attempt.attempts >= config.maxAttempts) return { kind: "stop", why: "attempts-used-up" }
  if (!budget.mayRetry(config.budget)) return { kind: "stop", why: "retry-budget-exhausted" }
  if (pushbackMs !== null) return { kind: "retry", delayMs: pushbackMs, isPushback: true }
  return { kind: "retry", delayMs: backoffMs(attempt.backoffs, config, random), isPushback: false }
}

/** The delay in milliseconds. Null: the value is negative or no number, and the backend wants no retry (gRFC A6). */
export function parsePushback(value: string): number | null {
  const isNumber = /^(?:0|[1-9]\d{0,9})$/.test(value)
  return isNumber && Number(value) <= maxPushbackMs ? Number(value) : null
}

/** The pause before the next attempt, with a jitter of a fifth (gRFC A6). `backoffs`: pauses before this one. */
export function backoffMs(backoffs: number, config: RetryConfig, random: () => number): number {
  const { initialBackoffMs, backoffMultiplier, maxBackoffMs } = config
  return Math.min(initialBackoffMs * backoffMultiplier ** backoffs, maxBackoffMs) * (0.8 + 0.4 * random())
}
