import { isRpcError } from "@causeway/client"

import type { Place } from "./problem-words.ts"
import { explain } from "./problem.ts"
import { statusName } from "./status-name.ts"

/** The facts of a failed call as plain data, because they may come from another page. */
export interface SeenError {
  readonly code: string
  /** Where the call failed, by the client's word. */
  readonly source: string
  /** The bridge's reason; empty if there is none. */
  readonly reason: string
  readonly retryable: boolean
  /** The error's own words. */
  readonly message: string
  readonly title: string
  readonly cause: string
  readonly remedy: string
}

/** Converts the error of a call to plain data. */
export function seenError(error: unknown, place: Place): SeenError {
  const { title, cause, remedy, message } = explain(error, place)
  const words = { title, cause, remedy, message }
  if (!isRpcError(error)) return { code: "", source: "", reason: "", retryable: false, ...words }
  const { code, source, reason = "", retryable } = error
  return { code: statusName(code), source, reason, retryable, ...words }
}
