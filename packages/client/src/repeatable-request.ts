import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import type { StreamRequest, UnaryRequest } from "@connectrpc/connect"

type Message = MessageShape<DescMessage>

/** A request that can be made more than once, as long as its messages allow it. */
export interface RepeatableRequest {
  /** Whether the messages of the last attempt can be had again. */
  readonly canRepeat: boolean
  /** The request for one attempt. Its headers are its own: what an interceptor inside adds is not there the next time. */
  attempt(): UnaryRequest | StreamRequest
}

/**
 * The one message of a unary or server-streaming call is kept for the next attempt. The messages of a client-streaming or
 * bidi call come from an iterator that only the caller could start again: they can be had once.
 */
export function repeatableRequest(request: UnaryRequest | StreamRequest): RepeatableRequest {
  const withOwnHeader = <R extends UnaryRequest | StreamRequest>(own: R): R => ({
    ...own,
    header: new Headers(own.header),
  })
  if (!request.stream) return { canRepeat: true, attempt: () => withOwnHeader(request) }
  if (request.method.methodKind === "server_streaming") {
    const message = kept(request.message)
    return { canRepeat: true, attempt: () => withOwnHeader({ ...request, message }) }
  }
  let isTaken = false
  const message = {
    [Symbol.asyncIterator]() {
      isTaken = true
      return request.message[Symbol.asyncIterator]()
    },
  }
  return {
    get canRepeat() {
      return !isTaken
    },
    attempt: () => withOwnHeader({ ...request, message }),
  }
}

/** The same messages, each time it is iterated; taken from `source` when they are first asked for. */
function kept(source: AsyncIterable<Message>): AsyncIterable<Message> {
  const taken: Message[] = []
  let rest: AsyncIterator<Message> | undefined
  return {
    async *[Symbol.asyncIterator]() {
      yield* taken
      rest ??= source[Symbol.asyncIterator]()
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
        taken.push(next.value)
        yield next.value
      }
    },
  }
}
