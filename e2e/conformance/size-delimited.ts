import { fromBinary, toBinary } from "@bufbuild/protobuf"
import type { DescMessage, MessageShape } from "@bufbuild/protobuf"

// The suite talks to the program under test over stdin and stdout. Each message follows its length, 4 bytes big-endian.

const prefixBytes = 4

/** The message, preceded by its length. */
export function encodeSizeDelimited<T extends DescMessage>(schema: T, message: MessageShape<T>): Uint8Array {
  const body = toBinary(schema, message)
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32BE(body.length)
  return Buffer.concat([prefix, body])
}

/** The messages of a stream, up to its end; throws when it ends inside one. */
export async function* decodeSizeDelimited<T extends DescMessage>(
  schema: T,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<MessageShape<T>, void> {
  let held = Buffer.alloc(0)
  for await (const chunk of stream) {
    held = Buffer.concat([held, chunk])
    while (held.length >= prefixBytes) {
      const end = prefixBytes + held.readUInt32BE()
      if (held.length < end) break
      yield fromBinary(schema, held.subarray(prefixBytes, end))
      held = held.subarray(end)
    }
  }
  if (held.length > 0) throw new Error(`the stream ended inside a message: ${held.length} bytes are left`)
}

/** The first message of a stream; throws when there is none. */
export async function firstSizeDelimited<T extends DescMessage>(
  schema: T,
  stream: AsyncIterable<Uint8Array>,
): Promise<MessageShape<T>> {
  for await (const message of decodeSizeDelimited(schema, stream)) return message
  throw new Error(`the stream ended before its first ${schema.typeName}`)
}
