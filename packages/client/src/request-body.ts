import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf"
import { create, toBinary } from "@bufbuild/protobuf"
import type { ConnectError, StreamRequest } from "@connectrpc/connect"
import { Code, encodeFrame } from "@causeway/protocol"
import { abortError } from "./abort-error.ts"
import { concatBytes } from "./concat-bytes.ts"
import { RpcError } from "./rpc-error.ts"

/** Whole messages for what the caller gives. Forwards `return` and `throw`, so that the end of a call reaches the caller's iterator. */
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

/** The frame of one request message. */
export function encodeMessage<I extends DescMessage>(schema: I, message: MessageShape<I>): Uint8Array<ArrayBuffer> {
  try {
    return encodeFrame(0, toBinary(schema, message))
  } catch (cause) {
    const why = `the request is no valid ${schema.typeName}: ${String(cause)}`
    throw new RpcError(why, Code.Internal, { source: "client", cause })
  }
}

/**
 * The body of a streaming request: all its frames, because a page cannot stream a body everywhere. Messages are taken one
 * at a time, and an abort meanwhile is thrown into their iterator. `maxBytes` bounds what is held.
 */
export async function encodeMessages(request: StreamRequest, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const { signal, method } = request
  if (signal.aborted) throw abortError(signal)
  // Obtained once: only a generator would give the same iterator again.
  const messages = request.message[Symbol.asyncIterator]()
  let reject = (_error: unknown): void => {}
  const next = () =>
    new Promise<IteratorResult<MessageShape<DescMessage>>>((resolve, fail) => {
      reject = fail
      messages.next().then(resolve, fail)
    })
  const onAbort = (): void => reject(stillSending(signal))
  signal.addEventListener("abort", onAbort)
  const frames: Uint8Array[] = []
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await next()
      if (signal.aborted) throw stillSending(signal)
      if (done === true) return concatBytes(frames, bytes)
      const frame = encodeMessage(method.input, value)
      bytes += frame.length
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      frames.push(frame)
    }
  } catch (error) {
    stop(messages, error)
    throw error
  } finally {
    signal.removeEventListener("abort", onAbort)
  }
}

/** Ends the caller's iterator. It may be busy or broken, and the call has its error already: nothing waits for it. */
function stop(messages: AsyncIterator<unknown>, error: unknown): void {
  const stopped = messages.throw ? messages.throw(error) : messages.return?.()
  stopped?.catch(() => {})
}

function stillSending(signal: AbortSignal): ConnectError {
  const error = abortError(signal)
  if (error.code !== Code.DeadlineExceeded) return error
  const why = "the request messages had not ended, and none is sent before the last: this transport is half duplex"
  return new RpcError(`${error.rawMessage}; ${why}`, error.code, { source: "client", cause: error })
}

function tooLarge(maxBytes: number): RpcError {
  const message = `the request messages are longer than ${maxBytes} bytes; raise maxRequestBytes, or send less in one call`
  return new RpcError(message, Code.ResourceExhausted, { source: "client" })
}
