import type { AttemptEnd, CallRecord } from "../core/call-record.ts"
import type { Timed } from "../core/call.ts"

/** Limit of the ends that a record keeps. */
const maxAttemptEnds = 10

/**
 * Prepares a call for its next attempt: keeps the end of the last one for the log, prefers another endpoint, and takes the request
 * back.
 */
export function giveUpAttempt(call: Timed, code: number, why: AttemptEnd["why"]): void {
  const { endpoint } = call.record
  keepEnd(call.record, { endpoint, code, why })
  if (endpoint !== null && !call.avoid.includes(endpoint)) call.avoid = [...call.avoid, endpoint]
  call.record.endpoint = null
  call.request.detach()
}

/** Keeps the end of an attempt for the log. */
export function keepEnd(record: CallRecord, end: AttemptEnd): void {
  if (record.attemptEnds.length < maxAttemptEnds) record.attemptEnds = [...record.attemptEnds, end]
}

/** Retries of the client before this call. A value that is no number counts as none. */
export function clientAttempts({ metadata }: Timed): number {
  const value = metadata.get("grpc-previous-rpc-attempts")
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : 0
}
