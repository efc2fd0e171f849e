import type { AttemptEnd } from "../core/call-record.ts"
import type { Call, Handler } from "../core/call.ts"
import type { Reason } from "../core/errors.ts"
import { BridgeError } from "../core/errors.ts"
import type { Reply } from "../core/reply.ts"
import type { StopReason } from "./retry-policy.ts"

/** The result of an attempt: the backend's reply, or an error of the bridge. */
export type Outcome = Reply | BridgeError

/** Errors of an attempt. Others, such as a full queue, are the bridge's own, and a retry would only add to them. */
const attemptErrors: ReadonlySet<Reason> = new Set<Reason>([
  "attempt-timeout",
  "backend-lost",
  "backend-not-grpc",
  "backend-refused",
  "backend-reset",
  "backend-unreachable",
])

/** Errors that tell a client that no backend has processed its call. */
const unprocessed: ReadonlySet<Reason> = new Set<Reason>([
  "backend-busy",
  "backend-refused",
  "backend-unreachable",
  "breaker-open",
  "client-busy",
  "draining",
  "no-healthy-endpoint",
])

/** True if the call is committed, or has ended with OK. */
export function hasSucceeded(outcome: Outcome): outcome is Reply {
  return !(outcome instanceof BridgeError) && (outcome.kind === "stream" || outcome.status.code === 0)
}

/** True if another attempt may end otherwise. */
export function endsAttemptAlone(outcome: Outcome): boolean {
  return !(outcome instanceof BridgeError) || attemptErrors.has(outcome.reason)
}

/** True if the outcome says that no backend has processed the call. */
export function isUnprocessed(outcome: Outcome): boolean {
  return outcome instanceof BridgeError && unprocessed.has(outcome.reason)
}

/** The gRPC status code of an outcome. */
export function codeOf(outcome: Outcome): number {
  if (outcome instanceof BridgeError) return outcome.code
  return outcome.kind === "status" ? outcome.status.code : 0
}

/** Why the attempt ended, for the log. */
export function whyOf(outcome: Outcome): AttemptEnd["why"] {
  if (outcome instanceof BridgeError) return outcome.reason
  return outcome.kind === "status" && outcome.status.error !== null ? outcome.status.error.reason : "backend-status"
}

/** The field by which a backend chooses the delay of a retry, or forbids it (gRFC A6). Null: it did not send it. */
export function pushbackOf(outcome: Outcome): string | null {
  return outcome instanceof BridgeError ? null : outcome.metadata.get("grpc-retry-pushback-ms")
}

/** Runs one attempt. Rejects with a defect. */
export async function outcomeOf<C extends Call>(next: Handler<C>, call: C): Promise<Outcome> {
  try {
    return await next(call)
  } catch (error) {
    if (error instanceof BridgeError) return error
    throw error
  }
}

/**
 * The reply that ends the call with its last outcome. If that says that no backend has processed the call, an earlier outcome that
 * may have been processed is told instead: a client may repeat a call that was not processed, whatever the method does.
 * @throws {BridgeError} if the outcome is one
 */
export function lastReply(outcome: Outcome, processed: Outcome | null, why: StopReason): Reply {
  const told = isUnprocessed(outcome) ? (processed ?? outcome) : outcome
  if (told instanceof BridgeError) throw told
  return why === "retry-budget-exhausted" ? withReason(told) : told
}

/** The backend's own status, with the bridge's reason beside it. */
function withReason(reply: Reply): Reply {
  if (reply.kind !== "status" || reply.status.error !== null) return reply
  const { code } = reply.status
  const error = new BridgeError(
    "retry-budget-exhausted",
    "The route repeats calls with the backend's status, but so many calls to this upstream have failed lately that it has no tokens left for retries (gRFC A6: retry.budget of the route); look at the backend, and retries begin again once calls succeed",
    { code },
  )
  return { ...reply, status: { ...reply.status, error } }
}
