import type { AttemptEnd, Timed } from "../core/call.ts"

/** Limit of the ends that a record keeps. */
const maxAttemptEnds = 10

/**
 * Prepares a call for its next attempt: keeps the end of the last one for the log, prefers another endpoint, and takes the request
 * back.
 */
export function giveUpAttempt(call: Timed, code: number, why: AttemptEnd["why"]): void {
  const { record } = call
  const { endpoint, attemptEnds } = record
  if (attemptEnds.length < maxAttemptEnds) record.attemptEnds = [...attemptEnds, { endpoint, code, why }]
  if (endpoint !== null && !call.avoid.includes(endpoint)) call.avoid = [...call.avoid, endpoint]
  record.endpoint = null
  call.request.detach()
}
