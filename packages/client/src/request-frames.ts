import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { toBinary } from "@bufbuild/protobuf"
import { Code, frameHeaderBytes, writeFrameHeader } from "@causeway/protocol"
import type { ConnectError, StreamRequest } from "@connectrpc/connect"
import { abortError } from "./abort-error.ts"
import { concatBytes } from "./concat-bytes.ts"
import { RpcError } from "./rpc-error.ts"
import { untilAborted } from "./until-aborted.ts"

/** The frame of one request message. In memory of its own: the slab of `encodeFrame` pays in a bridge, not in a page. */
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

/**
 * The frames of a streaming request, whose messages are taken one at a time. An abort meanwhile is thrown into the caller's
 * iterator, which is obtained once: only a generator would give the same one again.
 */
export class RequestFrames {
  readonly #request: StreamRequest
  #messages: AsyncIterator<MessageShape<DescMessage>> | undefined
  #hasEnded = false

  constructor(request: StreamRequest) {
    this.#request = request
  }

  /** Whether no message has been asked for: nothing of the request can have been sent. */
  get isUntouched(): boolean {
    return this.#messages === undefined
  }

  /** The next frame; null after the last. */
  async next(): Promise<Uint8Array<ArrayBuffer> | null> {
    const { signal, method, message } = this.#request
    if (signal.aborted) throw abortError(signal)
    this.#messages ??= message[Symbol.asyncIterator]()
    try {
      const { done, value } = await untilAborted(signal, this.#messages.next())
      this.#hasEnded = done === true
      return done === true ? null : encodeMessage(method.input, value)
    } catch (error) {
      const failure = signal.aborted ? stillSending(signal) : error
      this.stop(failure)
      throw failure
    }
  }

  /** All frames in one piece, which `maxBytes` bounds. */
  async all(maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const frames: Uint8Array[] = []
    let bytes = 0
    for (let frame; (frame = await this.next()) !== null; frames.push(frame)) {
      bytes += frame.length
      if (bytes > maxBytes) throw this.#tooLarge(maxBytes)
    }
    return concatBytes(frames, bytes)
  }

  /** Ends the caller's iterator, if it has not ended. It may be busy or broken: nothing waits for it. */
  stop(error?: unknown): void {
    const messages = this.#messages
    if (this.#hasEnded || messages === undefined) return
    this.#hasEnded = true
    const stopped = error !== undefined && messages.throw ? messages.throw(error) : messages.return?.()
    stopped?.catch(() => {})
  }

  #tooLarge(maxBytes: number): RpcError {
    const why = `the request is longer than ${maxBytes} bytes (maxRequestBytes)`
    const error = new RpcError(why, Code.ResourceExhausted, { source: "client" })
    this.stop(error)
    return error
  }
}

function stillSending(signal: AbortSignal): ConnectError {
  const error = abortError(signal)
  if (error.code !== Code.DeadlineExceeded) return error
  const why = "the requests had not ended, and half duplex answers come after the last one"
  return new RpcError(`${error.rawMessage}; ${why}`, error.code, { source: "client", cause: error })
}
