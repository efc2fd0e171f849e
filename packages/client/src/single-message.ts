import type { DescMethod } from "@bufbuild/protobuf"
import { Code } from "@causeway/protocol"
import { RpcError } from "./rpc-error.ts"

/**
 * Reads the single message of a request, or of the answer of a unary or client-streaming method. No message, or several
 * messages with status OK, are UNIMPLEMENTED (gRPC: the method is not implemented as declared). All messages are read
 * before they are counted, so that a status other than OK comes first.
 */
export async function singleMessage<T>(messages: AsyncIterable<T>, method: DescMethod): Promise<T> {
  const first: T[] = []
  let count = 0
  for await (const message of messages) {
    if (count++ === 0) first.push(message)
  }
  if (count === 1) return first[0]
  const why = `${method.toString()}: ${count} messages instead of one`
  throw new RpcError(why, Code.Unimplemented, { source: "protocol" })
}
