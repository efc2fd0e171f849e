import { Code } from "@causeway/protocol"
import { concatBytes } from "./concat-bytes.ts"
import { RpcError } from "./rpc-error.ts"

/**
 * Inflates a compressed payload to at most `maxBytes` bytes. The bytes are counted as they come out, so a small payload
 * cannot cause a large allocation. The client sends no grpc-accept-encoding, because many CORS settings would refuse
 * it, but a proxy may compress all the same.
 */
export async function inflate(payload: Uint8Array, encoding: string | null, maxBytes: number): Promise<Uint8Array> {
  // gRPC and DecompressionStream use these two names in one meaning: "deflate" is zlib's format in both.
  const format = encoding?.toLowerCase()
  if (format !== "gzip" && format !== "deflate") {
    const announced = encoding === null ? "without a grpc-encoding" : `under grpc-encoding "${encoding}"`
    throw protocolError(`${announced}; only gzip and deflate can be read`)
  }
  if (typeof DecompressionStream === "undefined") {
    const why = "the answer is compressed, and there is no DecompressionStream here: let the server not compress"
    throw new RpcError(why, Code.Unimplemented, { source: "client" })
  }
  const source = new Blob([payload as Uint8Array<ArrayBuffer>]).stream()
  const reader = source.pipeThrough(new DecompressionStream(format)).getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  let read
  while ((read = await reader.read().catch(unreadable)).value !== undefined) {
    bytes += read.value.length
    if (bytes > maxBytes) {
      await reader.cancel()
      const why = `the answer has a message that inflates to more than ${maxBytes} bytes, the limit (maxMessageBytes)`
      throw new RpcError(why, Code.ResourceExhausted, { source: "client" })
    }
    chunks.push(read.value)
  }
  return concatBytes(chunks, bytes)
}

function unreadable(cause: unknown): never {
  throw protocolError("that cannot be inflated", cause)
}

function protocolError(why: string, cause?: unknown): RpcError {
  return new RpcError(`the answer has a compressed message ${why}`, Code.Internal, { source: "protocol", cause })
}
