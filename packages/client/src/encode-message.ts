import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { toBinary } from "@bufbuild/protobuf"
import { Code, frameHeaderBytes, writeFrameHeader } from "@causeway/protocol"
import { RpcError } from "./rpc-error.ts"

/**
 * Encodes one request message as a frame. Not by `encodeFrame`: its shared memory pays off in a bridge, not in a page.
 */
export function encodeMessage<I extends DescMessage>(schema: I, message: MessageShape<I>): Uint8Array<ArrayBuffer> {
  try {
    const payload = toBinary(schema, message)
    const frame = new Uint8Array(frameHeaderBytes + payload.length)
    writeFrameHeader(frame, 0, 0, payload.length)
    frame.set(payload, frameHeaderBytes)
    return frame
  } catch (cause) {
    const why = `the request is no valid ${schema.typeName}: ${String(cause)}`
    throw new RpcError(why, Code.Internal, { source: "client", cause })
  }
}
