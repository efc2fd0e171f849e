import type { AttemptEnd } from "../core/call.ts"
import type { Reason } from "../core/errors.ts"
import { BridgeError } from "../core/errors.ts"
import type { Reply } from "../core/reply.ts"

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
