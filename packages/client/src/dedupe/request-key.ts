import { toBinary } from "@bufbuild/protobuf"
import type { UnaryRequest } from "@connectrpc/connect"
import { quietly } from "../quietly.ts"

/** The deadline headers. They belong to the caller, not to the request. */
const deadlines = ["grpc-timeout", "connect-timeout-ms"]

/**
 * A key that is equal for requests with equal identity, URL, headers and message bytes. Equal messages whose maps have
 * another order of entries have different bytes, and so different keys. Null for an invalid message.
 */
export function requestKey(request: UnaryRequest, ignoredHeaders: readonly string[], identity: unknown): string | null {
  const header = new Headers(request.header)
  for (const name of [...deadlines, ...ignoredHeaders]) header.delete(name)
  const bytes = quietly(() => toBinary(request.method.input, request.message))
  return bytes === undefined ? null : JSON.stringify([identity, request.url, [...header], bytes.join()])
}
