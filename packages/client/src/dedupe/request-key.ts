import { toBinary } from "@bufbuild/protobuf"
import type { UnaryRequest } from "@connectrpc/connect"
import { quietly } from "../quietly.ts"

/** Each caller's own time, which is not part of what is asked. */
const deadlines = ["grpc-timeout", "connect-timeout-ms"]

/**
 * The same for two requests that ask the same: URL, headers and message. Two messages may be equal and still differ in
 * bytes, where a map has its entries in another order; they are then two requests. Null for what is no valid message.
 */
export function requestKey(request: UnaryRequest, ignoredHeaders: readonly string[], identity: unknown): string | null {
  const header = new Headers(request.header)
  for (const name of [...deadlines, ...ignoredHeaders]) header.delete(name)
  const bytes = quietly(() => toBinary(request.method.input, request.message))
  return bytes === undefined ? null : JSON.stringify([identity, request.url, [...header], bytes.join()])
}
