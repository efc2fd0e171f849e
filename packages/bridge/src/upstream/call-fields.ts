import { formatTimeout } from "@causeway/protocol"
import type { Timed } from "../core/call.ts"
import type { CallEndpoint } from "../core/upstream.ts"
import { appendWithCredentials } from "./credentials.ts"

/** The parts of a call that its request's fields are made of. */
export type FieldSource = Pick<
  Timed,
  "route" | "path" | "suffix" | "metadata" | "encoding" | "deadline" | "previousAttempts"
>

/** The fields of an attempt's request: a flat list of names and values (PROTOCOL-HTTP2, "Requests"). */
export function callFields(call: FieldSource, { scheme, authority, credentials }: CallEndpoint): string[] {
  const { route, path, suffix, metadata, encoding, deadline, previousAttempts } = call
  const fields = [":method", "POST", ":scheme", scheme, ":path", path, ":authority", route.host ?? authority]
  fields.push("te", "trailers", "content-type", `application/grpc${suffix}`)
  if (deadline !== Infinity) fields.push("grpc-timeout", formatTimeout(deadline - performance.now()))
  if (encoding !== null) fields.push("grpc-encoding", encoding)
  // Stands in for a client that names no encodings: the bridge does not decompress, so the backend must not compress.
  if (!metadata.has("grpc-accept-encoding")) fields.push("grpc-accept-encoding", "identity")
  if (previousAttempts > 0) {
    const told = [...credentials, "grpc-previous-rpc-attempts", String(previousAttempts)]
    appendWithCredentials(metadata, told, fields)
  } else if (credentials.length === 0) metadata.appendTo(fields)
  else appendWithCredentials(metadata, credentials, fields)
  return fields
}
