import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import type { MessageInitShape } from "@bufbuild/protobuf"
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { StatusSchema } from "@causeway/proto/google/rpc/status_pb"
import {
  SimpleRequestSchema,
  StreamingOutputCallRequestSchema,
  StreamingOutputCallResponseSchema,
} from "@causeway/proto/grpc/testing/messages_pb"
import { TestService } from "@causeway/proto/grpc/testing/test_pb"
import { anyUnpack } from "@bufbuild/protobuf/wkt"
import type { Call, Fields } from "./clients/call.ts"
import type { Report } from "./clients/recorded-call.ts"

/** The options that a case adds to a call. */
export type CallOptions = Partial<Pick<Call, "service" | "method" | "metadata" | "timeoutMs">>

/** Returns a call of TestService.UnaryCall, or of another unary method. */
export function unaryCall(request: MessageInitShape<typeof SimpleRequestSchema>, options: CallOptions = {}): Call {
  return call("UnaryCall", false, toBinary(SimpleRequestSchema, create(SimpleRequestSchema, request)), options)
}

/** Returns a call of TestService.StreamingOutputCall. */
export function streamCall(
  request: MessageInitShape<typeof StreamingOutputCallRequestSchema>,
  options: CallOptions = {},
): Call {
  const schema = StreamingOutputCallRequestSchema
  return call("StreamingOutputCall", true, toBinary(schema, create(schema, request)), options)
}

function call(method: string, isStream: boolean, request: Uint8Array, options: CallOptions): Call {
  const base = { service: TestService.typeName, method, isStream, request: base64Encode(request), metadata: [] }
  return { ...base, ...options }
}

/** Returns the payload size of each message. All answers use one field number for the payload. */
export function payloadSizes({ messages }: Report): number[] {
  const read = (message: string) => fromBinary(StreamingOutputCallResponseSchema, base64Decode(message))
  return messages.map((message) => read(message).payload?.body.length ?? 0)
}

/** Returns all values of a name. Browsers join header values with commas, and some clients join trailer values. */
export function valuesOf(fields: Fields, name: string): string[] {
  const values = fields.filter(([each]) => each.toLowerCase() === name).flatMap(([, value]) => value.split(/, */))
  // Base64 padding is optional.
  return name.endsWith("-bin") ? values.map((value) => value.replace(/=+$/, "")) : values
}

/** Returns the violation from the BadRequest in a failure's details. Null: the client shows no details. */
export function violationOf({ details, header, trailer }: Report): string | null {
  const [value] = details === undefined ? valuesOf([...trailer, ...header], "grpc-status-details-bin") : [details]
  if (value === undefined) return null
  const [any] = fromBinary(StatusSchema, base64Decode(value)).details
  return anyUnpack(any, BadRequestSchema)?.fieldViolations[0].description ?? null
}
