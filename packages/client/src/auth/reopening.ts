import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import type { StreamResponse } from "@connectrpc/connect"

/**
 * Wraps a stream so that `again` opens it once more if it fails before its first message. Many servers send the headers
 * of a stream before they check the token. The headers are then those of the first answer, the trailers those of the
 * second.
 */
export function reopening(
  response: StreamResponse,
  again: (error: unknown) => Promise<StreamResponse>,
): StreamResponse {
  return { ...response, message: messages(response, again) }
}

async function* messages(
  { message, trailer }: StreamResponse,
  again: (error: unknown) => Promise<StreamResponse>,
): AsyncGenerator<MessageShape<DescMessage>, void> {
  let hasBegun = false
  try {
    for await (const first of message) {
      hasBegun = true
      yield first
    }
  } catch (error) {
    if (hasBegun) throw error
    const second = await again(error)
    yield* second.message
    for (const name of [...trailer.keys()]) trailer.delete(name)
    second.trailer.forEach((value, name) => trailer.append(name, value))
  }
}
