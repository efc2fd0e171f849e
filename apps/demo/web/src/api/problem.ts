import { isRpcError, type RpcError } from "@causeway/client"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"

import { statusName } from "./status-name.ts"
import { type Place, wordsFor } from "./problem-words.ts"

/** A failed call, described so that a user can act on it. */
export interface Problem {
  /** What happened. */
  readonly title: string
  /** The likely cause. */
  readonly cause: string
  /** What to do about it. */
  readonly remedy: string
  /** The message of the error, from the service, the bridge or the client. */
  readonly message: string
  /** The message is from the server side, which may know more than the client. */
  readonly isAnswer: boolean
  /** The status's name and, where the bridge itself failed the call, its stable word: `UNAVAILABLE`, `backend-lost`. */
  readonly labels: readonly string[]
  /** The problem of each field of the request, by path: `user.email`. */
  readonly fieldErrors: ReadonlyMap<string, string>
}

/** Explains the error of a call. */
export function explain(error: unknown, place: Place): Problem {
  if (!isRpcError(error)) return explainDefect(error)
  const words = wordsFor(error, place)
  const labels = [statusName(error.code), error.reason, error.httpStatus && `HTTP ${error.httpStatus}`]
  return {
    ...words,
    message: error.rawMessage,
    isAnswer: error.source === "server",
    labels: labels.filter((label) => typeof label === "string"),
    fieldErrors: fieldErrors(error),
  }
}

/** google.rpc.BadRequest in the error's details, by field; a field's first violation is enough for one try. */
function fieldErrors(error: RpcError): ReadonlyMap<string, string> {
  const violations = error.findDetails(BadRequestSchema).flatMap((details) => details.fieldViolations)
  return new Map(violations.toReversed().map(({ field, description }) => [field, description]))
}

function explainDefect(error: unknown): Problem {
  return {
    title: "This page made a mistake",
    cause: "This is a defect of the page, not of the call.",
    remedy: "Reload the page. If it happens again, report the message below.",
    message: error instanceof Error ? error.message : String(error),
    isAnswer: false,
    labels: [],
    fieldErrors: new Map(),
  }
}
