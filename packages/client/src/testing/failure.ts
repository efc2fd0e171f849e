import { create, toBinary } from "@bufbuild/protobuf"
import { BinaryWriter, base64Encode } from "@bufbuild/protobuf/wire"
import { ConnectError } from "@connectrpc/connect"
import { encodeStatusMessage } from "@causeway/protocol"
import { isRpcError } from "../rpc-error.ts"

/** The failure of a call whose mocked method threw. */
export type Failure =
  /** The connection breaks. `error` is the error of `fetch` or of the body. */
  | { readonly kind: "network"; readonly error: TypeError }
  /** The answer is not gRPC-Web. */
  | { readonly kind: "http"; readonly status: number; readonly text: string }
  /** A status other than OK. `fields` are the trailers. */
  | { readonly kind: "status"; readonly fields: readonly (readonly [name: string, value: string])[] }

export function failureOf(thrown: unknown): Failure {
  const error = ConnectError.from(thrown)
  if (isRpcError(error) && error.source === "network") {
    return { kind: "network", error: new TypeError(error.rawMessage) }
  }
  if (isRpcError(error) && error.source === "http") {
    return { kind: "http", status: error.httpStatus ?? 502, text: error.rawMessage }
  }
  return { kind: "status", fields: statusFields(error) }
}

/**
 * Fields that are written from the error itself: an error that came over a network has the fields of its own answer in
 * its metadata.
 */
const ownFields = ["content-type", "grpc-status", "grpc-message", "grpc-status-details-bin", "x-causeway-reason"]

function statusFields(error: ConnectError): [name: string, value: string][] {
  const fields: [name: string, value: string][] = [...error.metadata].filter(([name]) => !ownFields.includes(name))
  fields.push(["grpc-status", String(error.code)])
  if (error.rawMessage !== "") fields.push(["grpc-message", encodeStatusMessage(error.rawMessage)])
  if (isRpcError(error) && error.reason !== undefined) fields.push(["x-causeway-reason", error.reason])
  if (error.details.length > 0) fields.push(["grpc-status-details-bin", encodeDetails(error)])
  return fields
}

/**
 * google.rpc.Status: code = 1, message = 2, repeated google.protobuf.Any details = 3. Encoded by hand, because it is
 * decoded by hand too.
 */
function encodeDetails({ code, rawMessage, details }: ConnectError): string {
  const writer = new BinaryWriter()
  writer.tag(1, 0).int32(code)
  writer.tag(2, 2).string(rawMessage)
  for (const detail of details) {
    const isIncoming = "type" in detail
    const name = isIncoming ? detail.type : detail.desc.typeName
    const bytes = isIncoming ? detail.value : toBinary(detail.desc, create(detail.desc, detail.value))
    writer.tag(3, 2).fork()
    writer.tag(1, 2).string(`type.googleapis.com/${name}`)
    writer.tag(2, 2).bytes(bytes)
    writer.join()
  }
  return base64Encode(writer.finish(), "std_raw")
}
