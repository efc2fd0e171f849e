import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { Code } from "@causeway/protocol"
import type { ConnectError, StreamRequest } from "@connectrpc/connect"
import { abortError } from "./abort-error.ts"
import type { CallScope } from "./call-scope.ts"
import { concatBytes } from "./concat-bytes.ts"
import { encodeMessage } from "./encode-message.ts"
import { isConnectError, RpcError } from "./rpc-error.ts"

/**
 * The frames of a streaming request, whose messages are read one at a time. The end of the request also ends the
 * caller's iterator; an error is thrown into it. The iterator is obtained only once: a second call of
 * `[Symbol.asyncIterator]()` may return another iterator.
 */
export class RequestFrames {
  readonly #request: StreamRequest
  readonly #scope: CallScope
  #messages: AsyncIterator<MessageShape<DescMessage>> | undefined
  #hasEnded = false

  /** `scope` is the scope of the request. */
  constructor(request: StreamRequest, scope: CallScope) {
    this.#request = request
    this.#scope = scope
    scope.signal.addEventListener("abort", this.#stop)
  }

  /** Whether no message has been read, so that nothing of the request can have been sent. */
  get isUntouched(): boolean {
    return this.#messages === undefined
  }

  /** The next frame; null after the last one. */
  async next(): Promise<Uint8Array<ArrayBuffer> | null> {
    const { method, message } = this.#request
    this.#scope.throwIfEnded()
    this.#messages ??= message[Symbol.asyncIterator]()
    try {
      const { done, value } = await this.#scope.outcome(this.#messages.next())
      this.#hasEnded = done === true
      return done === true ? null : encodeMessage(method.input, value)
    } catch (error) {
      throw this.#scope.signal.aborted ? stillSending(this.#scope.signal) : error
    }
  }

  /** All frames in one piece of at most `maxBytes` bytes. Throws RESOURCE_EXHAUSTED if they are longer. */
  async all(maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const frames: Uint8Array[] = []
    let bytes = 0
    for (let frame; (frame = await this.next()) !== null; frames.push(frame)) {
      bytes += frame.length
      if (bytes > maxBytes) {
        const why = `the request is longer than ${maxBytes} bytes (maxRequestBytes)`
        throw new RpcError(why, Code.ResourceExhausted, { source: "client" })
      }
    }
    return concatBytes(frames, bytes)
  }

  /** Ends the caller's iterator if it has not ended, without waiting for it: it may be busy or broken. */
  #stop = (): void => {
    const messages = this.#messages
    if (this.#hasEnded || messages === undefined) return
    this.#hasEnded = true
    // The answer may also end normally before the request does.
    const { signal } = this.#scope
    const isFailure = this.#request.signal.aborted || isConnectError(signal.reason)
    const stopped = isFailure && messages.throw ? messages.throw(abortError(signal)) : messages.return?.()
    stopped?.catch(() => {})
  }
}

function stillSending(signal: AbortSignal): ConnectError {
  const error = abortError(signal)
  if (error.code !== Code.DeadlineExceeded) return error
  const why = "half duplex, the answer waits for the last request"
  return new RpcError(`${error.rawMessage}; ${why}`, error.code, { source: "client", cause: error })
}
