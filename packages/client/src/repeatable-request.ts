import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import type { StreamRequest, UnaryRequest } from "@connectrpc/connect"

type Message = MessageShape<DescMessage>

/** A request that can be sent more than once, as long as its messages allow it. */
export interface RepeatableRequest {
  /** Whether the messages can be read again for another attempt. */
  readonly canRepeat: boolean
  /**
   * The request for one attempt. It has its own copy of the headers: headers that inner interceptors add are gone in
   * the next attempt.
   */
  attempt(): UnaryRequest | StreamRequest
}

/**
 * Makes a request repeatable. The message of a unary or server-streaming call is kept for the next attempt. The
 * messages of a client-streaming or bidi call come from the caller's iterator, so they can be read only once.
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

/** An iterable that gives the messages of `source` at each iteration. It reads them from `source` on first use. */
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
