import type { ClientName } from "./clients/names.ts"
import { unicode } from "./web-cases.ts"
import type { Observed } from "./web-cases.ts"

/** A known deviation of another project's client or server. The run checks it, so that a change is noticed. */
export interface Limit {
  /** By name. */
  readonly cases: readonly string[]
  /** A footnote of docs/interop.md. */
  readonly reason: string
  /** The observed result: replacements for properties of the expected result. */
  readonly instead: Observed
  /** Whether both results occur, because of a race on the other side. */
  readonly isRace?: true
}

const cancelled = ["each message as it comes, then cancel", "cancel before an answer"]
const silent: Limit = {
  cases: cancelled,
  reason: "reports nothing after its caller has canceled the call: there is no status",
  instead: { code: null },
}
const lastOfName: readonly Limit[] = [
  {
    cases: ["a name twice in the request"],
    reason: "its metadata is an object: a name has only its last value",
    instead: { values: ["two"], binary: ["AP7/"] },
  },
  {
    cases: ["a name twice in head and trailers"],
    reason:
      "its metadata is an object: a name has only its last value; the browser has already joined the values of headers",
    instead: { trailer: ["two"], trailerBinary: ["AP7/"] },
  },
]
const encoded = "does not undo the percent-encoding of `grpc-message`"
const protobufTs: readonly Limit[] = [
  {
    cases: ["an error's code and message"],
    reason: encoded,
    instead: { message: encodeURIComponent(unicode) },
  },
  { cases: ["an error after messages"], reason: encoded, instead: { message: "test%20status%20message" } },
]

/** Known deviations of other projects' clients. */
export const clientLimits: Readonly<Partial<Record<ClientName, readonly Limit[]>>> = {
  "grpc-web text": [...lastOfName, silent],
  "grpc-web binary": [
    ...lastOfName,
    {
      cases: ["each message as it comes, then cancel"],
      reason: "uses XMLHttpRequest in binary format, which delivers nothing before the end",
      instead: { cameWhileOpen: false, sizes: [], code: null },
    },
    silent,
  ],
  "improbable-eng": [silent],
  "nice-grpc-web": [
    {
      cases: cancelled,
      reason: "a canceled call rejects with an AbortError, without a status",
      instead: { code: null },
    },
  ],
  "protobuf-ts text": protobufTs,
  "protobuf-ts binary": protobufTs,
}

/** Known deviations of other projects' servers, by name. */
export const serverLimits: Readonly<Record<string, readonly Limit[]>> = {
  Envoy: [
    {
      cases: ["a deadline, unary"],
      reason: "answers HTTP 504 at the deadline, which means UNAVAILABLE, unless the client's own timer fires first",
      instead: { code: 14 },
      isRace: true,
    },
  ],
  grpcwebproxy: [
    {
      cases: ["a name twice in the request"],
      reason: "refuses a call whose `-bin` field has two values joined by a comma, as fetch sends them: UNKNOWN",
      instead: { code: 2, values: [], binary: [] },
    },
  ],
}
