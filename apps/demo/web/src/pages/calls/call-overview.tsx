import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt"

import { type CallRecord, fullName } from "../../api/call-record.ts"
import { DottedName } from "../../ui/dotted-name.tsx"
import { durationWords, formatSize, statusWords, versionWords } from "./call-words.ts"

const kinds = {
  unary: "unary",
  server_streaming: "server streaming",
  client_streaming: "client streaming",
  bidi_streaming: "bidirectional streaming",
} as const

/** The facts of a call in one list. */
export function CallOverview({ call }: { readonly call: CallRecord }) {
  const { method } = call
  const isSafe = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
  const facts: readonly (readonly [string, string])[] = [
    ["Method", fullName(call)],
    ["Kind", `${kinds[method.methodKind]}${isSafe ? ", without side effects" : ""}`],
    ["Address", call.url],
    ["Status", statusWords(call)],
    ["HTTP", call.httpStatus === null ? "no answer yet" : `${call.httpStatus} over ${versionWords(call)}`],
    ["Time", durationWords(call)],
    ["Requests made", String(call.attempts)],
    ["Sent", `${formatSize(call.requestBytes)} in ${messages(call.requestCount)}`],
    ["Received", `${formatSize(call.responseBytes)} in ${messages(call.responseCount)} and the trailers`],
  ]
  return (
    <dl className="call-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <DottedName name={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`
}
