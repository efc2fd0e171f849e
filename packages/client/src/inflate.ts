import { Code } from "@connectrpc/connect"
import { concatBytes } from "./concat-bytes.ts"
import { RpcError } from "./rpc-error.ts"

/**
 * The bytes of a compressed payload, at most `maxBytes` of them: they are counted as they come out, so that a small
 * payload cannot become a large allocation. Not asked for (no grpc-accept-encoding is sent, which many a CORS setting
 * would refuse), but a proxy on the way may compress all the same.
 */
export async function inflate(payload: Uint8Array, encoding: string | null, maxBytes: number): Promise<Uint8Array> {
  // Two of gRPC's names, which mean the same to DecompressionStream: "deflate" is zlib's format in both.
  const format = encoding?.toLowerCase()
  if (format !== "gzip" && format !== "deflate") {
    const announced = encoding === null ? "without a grpc-encoding" : `under grpc-encoding "${encoding}"`
    throw protocolError(`the answer has a compressed message ${announced}; only gzip and deflate can be read`)
  }
  if (typeof DecompressionStream === "undefined") {
    const why =
      "the answer is compressed, and there is no DecompressionStream here to inflate it: let the server not compress"
    throw new RpcError(why, Code.Unimplemented, { source: "client" })
  }
  const source = new Blob([payload as Uint8Array<ArrayBuffer>]).stream()
  return readUpTo(source.pipeThrough(new DecompressionStream(format)).getReader(), maxBytes)
}

async function readUpTo(reader: ReadableStreamDefaultReader<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return concatBytes(chunks, bytes)
      bytes += value.length
      if (bytes > maxBytes) break
      chunks.push(value)
    }
  } catch (cause) {
    throw protocolError("the answer has a compressed message that cannot be inflated", cause)
  }
  await reader.cancel()
  const why = `the answer has a message that inflates to more than ${maxBytes} bytes, the limit (maxMessageBytes)`
  throw new RpcError(why, Code.ResourceExhausted, { source: "client" })
}

function protocolError(message: string, cause?: unknown): RpcError {
  return new RpcError(message, Code.Internal, { source: "protocol", cause })
}
