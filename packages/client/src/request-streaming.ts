import type { StreamRequest } from "@connectrpc/connect"
import type { Answer } from "./answer.ts"
import type { BodyFormat } from "./body-format.ts"
import type { CallScope } from "./call-scope.ts"
import { callError } from "./call-error.ts"
import { checkOption } from "./check-option.ts"
import { RequestFrames } from "./request-frames.ts"
import { RpcError } from "./rpc-error.ts"

/** The body of a request. */
export interface RequestBody {
  readonly init: RequestInit & { readonly duplex?: "half" }
  /**
   * Only for a streamed body: resolves when all of it was sent or the network reads no more of it, or settles as
   * `answer` does.
   */
  isSent?(answer: Promise<Response>): Promise<unknown>
}

/** One request whose messages arrive one by one. */
export interface RequestToSend {
  readonly request: StreamRequest
  /** The scope of the request. */
  readonly scope: CallScope
  readonly format: BodyFormat | undefined
  /** May be called again after a failure. */
  send(body: RequestBody): Promise<Answer>
}

/** Sends requests of several messages: `requestStreaming()` or `bufferedRequests()`. */
export interface RequestStreaming {
  send(request: RequestToSend): Promise<Answer>
}

/** The options of `requestStreaming` and `bufferedRequests`. */
export interface RequestStreamingOptions {
  /**
   * The longest request body that is sent in one piece, in bytes. It is held in memory until the last request message
   * is there. A longer body fails the call with RESOURCE_EXHAUSTED before anything is sent. Default: 8 MiB.
   */
  readonly maxRequestBytes?: number
}

/**
 * Sends each message of client-streaming and bidi calls as soon as it is there, if the platform can: Chromium over
 * HTTP/2, Node, Deno and Bun. Elsewhere, and for a server that turns out to speak HTTP/1.1, the messages are sent in
 * one piece as with `bufferedRequests()`. The result of that test is kept for each origin. Calls stay half duplex: the
 * answer comes after the last message.
 *
 * ```ts
 * const transport = createTransport({ baseUrl, requestStreaming: requestStreaming() })
 * ```
 */
export function requestStreaming(options: RequestStreamingOptions = {}): RequestStreaming {
  const maxRequestBytes = checkedLimit("requestStreaming", options)
  const found = new Map<string, boolean>()
  return {
    async send({ request, scope, format, send }) {
      const frames = new RequestFrames(request, scope)
      const sendWhole = (): Promise<Answer> => sendTogether(frames, format, send, maxRequestBytes)
      const { origin, protocol } = new URL(request.url, globalThis.location?.href)
      if (!(found.get(origin) ?? (isSupported(origin) && !isSurelyHttp1(protocol)))) return sendWhole()
      const body = new StreamedBody(frames, format)
      try {
        const answer = await send(body)
        found.set(origin, true)
        return answer
      } catch (error) {
        if (body.failure !== undefined) throw callError(body.failure)
        // Chromium refuses HTTP/1.1 before it reads from the body. A message that was read may have been sent and
        // processed.
        const isRefused = error instanceof RpcError && error.source === "network" && error.reason === undefined
        if (!isRefused || !frames.isUntouched) throw error
      }
      const answer = await sendWhole()
      // Recorded only after a success: a server that was down for a moment says nothing about streaming.
      found.set(origin, false)
      return answer
    },
  }
}

/**
 * Sends the messages of client-streaming and bidi calls together, once the last one is there. Works on every platform,
 * half duplex.
 *
 * ```ts
 * const transport = createTransport({ baseUrl, requestStreaming: bufferedRequests() })
 * ```
 */
export function bufferedRequests(options: RequestStreamingOptions = {}): RequestStreaming {
  const maxRequestBytes = checkedLimit("bufferedRequests", options)
  return {
    send: ({ request, scope, format, send }) =>
      sendTogether(new RequestFrames(request, scope), format, send, maxRequestBytes),
  }
}

async function sendTogether(
  frames: RequestFrames,
  format: BodyFormat | undefined,
  send: RequestToSend["send"],
  maxRequestBytes: number,
): Promise<Answer> {
  const whole = await frames.all(maxRequestBytes)
  return send({ init: { body: format?.encode(whole) ?? whole } })
}

function checkedLimit(caller: string, { maxRequestBytes = 8 * 1024 * 1024 }: RequestStreamingOptions): number {
  // Also refuses NaN: no comparison with NaN is true, so it would be no limit.
  checkOption(caller, "maxRequestBytes", maxRequestBytes, maxRequestBytes > 0, "above 0")
  return maxRequestBytes
}

/**
 * Whether `fetch` accepts a stream as a body. The absence of an error proves nothing: Firefox sends "[object
 * ReadableStream]" as text. A browser that supports streams reads the option `duplex` and sets no content type for the
 * body.
 */
function isSupported(url: string): boolean {
  let asksForDuplex = false
  const init = {
    method: "POST",
    body: new ReadableStream(),
    get duplex() {
      asksForDuplex = true
      return "half"
    },
  }
  try {
    return !new Request(url, init).headers.has("content-type") && asksForDuplex
  } catch {
    return false
  }
}

/** Browsers speak HTTP/2 only over TLS. In a page a failed attempt would leave an error on the console. */
function isSurelyHttp1(protocol: string): boolean {
  return protocol === "http:" && (globalThis.location as Location | undefined) !== undefined
}

/** A request body that reads a frame only when the network has room for it. */
class StreamedBody implements RequestBody {
  readonly init: RequestBody["init"]
  /** The error that the source of the messages threw. */
  failure: unknown
  /** Resolves when all of the body was sent or the network reads no more of it. Never rejects. */
  readonly #over: Promise<void>

  constructor(frames: RequestFrames, format: BodyFormat | undefined) {
    let finish = (): void => {}
    this.#over = new Promise((resolve) => (finish = resolve))
    const body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const frame = await frames.next()
            if (frame !== null) return controller.enqueue(format?.encode(frame) ?? frame)
            controller.close()
            finish()
          } catch (error) {
            this.failure = error
            finish()
            throw error
          }
        },
        cancel: finish,
      },
      { highWaterMark: 0 },
    )
    this.init = { body, duplex: "half" }
  }

  isSent(answer: Promise<Response>): Promise<unknown> {
    return Promise.race([this.#over, answer])
  }
}
