import type { DescMessage, DescMethod, Message } from "@bufbuild/protobuf"
import type { Code } from "@connectrpc/connect"

/** Name and value, as sent or received. */
export type HeaderLine = readonly [name: string, value: string]

/** One message of a call, and when it was seen: milliseconds since the call began. */
export interface CallMessage {
  readonly schema: DescMessage
  readonly value: Message
  readonly atMs: number
}

/** The state of a call. `code` null: OK. */
export type CallPhase =
  | { readonly kind: "running" | "streaming" }
  | { readonly kind: "done"; readonly code: Code | null; readonly error: unknown; readonly durationMs: number }

/** The record of one call. Records are immutable: a change makes a new record. */
export interface CallRecord {
  /** 1 for the page's first call. */
  readonly id: number
  readonly method: DescMethod
  readonly url: string
  /** Milliseconds since 1970. */
  readonly startTimeMs: number
  /** On the clock of `performance.now()`. */
  readonly startedMs: number
  readonly phase: CallPhase
  /** The number of HTTP requests: more than one after a retry. */
  readonly attempts: number
  readonly requestBytes: number
  /** Of the body, so far. */
  readonly responseBytes: number
  /** Null: no answer yet. */
  readonly httpStatus: number | null
  /** `h2`, `http/1.1`, `h3`. Empty if the browser does not say; null before the end of the answer. */
  readonly httpVersion: string | null
  readonly requestHeader: readonly HeaderLine[]
  readonly responseHeader: readonly HeaderLine[]
  readonly trailer: readonly HeaderLine[]
  /** The last ones. */
  readonly requests: readonly CallMessage[]
  readonly requestCount: number
  /** The last ones. */
  readonly responses: readonly CallMessage[]
  readonly responseCount: number
}

/** `api.v1.UserService/ListUsers`. */
export function fullName({ method }: Pick<CallRecord, "method">): string {
  return `${method.parent.typeName}/${method.name}`
}
