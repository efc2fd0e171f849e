import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf"
import { create } from "@bufbuild/protobuf"

/**
 * Turns the caller's message initializers into messages. Forwards `return` and `throw`, so that the end of a call
 * reaches the caller's iterator.
 */
export function createMessages<I extends DescMessage>(
  schema: I,
  input: AsyncIterable<MessageInitShape<I>>,
): AsyncIterable<MessageShape<I>> {
  return {
    [Symbol.asyncIterator]() {
      const inits = input[Symbol.asyncIterator]()
      const toMessage = (result: IteratorResult<MessageInitShape<I>>): IteratorResult<MessageShape<I>> =>
        result.done === true ? result : { done: false, value: create(schema, result.value) }
      const messages: AsyncIterator<MessageShape<I>> = { next: async () => toMessage(await inits.next()) }
      if (inits.return) messages.return = async (value) => toMessage(await inits.return!(value))
      if (inits.throw) messages.throw = async (error) => toMessage(await inits.throw!(error))
      return messages
    },
  }
}
