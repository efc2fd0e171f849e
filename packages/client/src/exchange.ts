import type { StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from "@connectrpc/connect"
import { readAnswer } from "./answer.ts"
import type { Answer } from "./answer.ts"
import type { BodyFormat } from "./body-format.ts"
import { callError } from "./call-error.ts"
import { CallScope } from "./call-scope.ts"
import type { Decompression } from "./decompression.ts"
import { networkError } from "./network-error.ts"
import { encodeMessage, RequestFrames } from "./request-frames.ts"
import { setTimeoutHeader } from "./request-header.ts"
import type { RequestBody, RequestStreaming } from "./request-streaming.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { singleMessage } from "./single-message.ts"
import type { Exchange } from "./transport-through.ts"

/** The options of a transport that matter to a single request, with their defaults filled in. */
export interface ExchangeSettings {
  /** Undefined: the global one, looked up at each request. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Undefined: the binary one. */
  readonly format?: BodyFormat | undefined
  /** Undefined: compressed answers are refused. */
  readonly decompression?: Decompression | undefined
  /** Undefined: none. */
  readonly requestStreaming?: RequestStreaming | undefined
  /** Undefined: none. */
  readonly silenceLimits?: SilenceLimits | undefined
  readonly maxMessageBytes: number
  readonly maxRequestBytes: number
}

/**
 * The innermost exchange: one HTTP request and its gRPC-Web answer. An interceptor may call it several times in one call;
 * each time it gives itself the time that the call's scope has left.
 */
export function createExchange(settings: ExchangeSettings, call: CallScope): Exchange {
  return async (request) => {
    const { stream, service, method } = request
    const scope = new CallScope(request.signal, undefined)
    const send = (body: RequestBody): Promise<Answer> => sendBody(request, body, settings, call, scope)
    try {
      const { header, trailer, messages } = await (stream
        ? sendMessages(new RequestFrames(request, scope), request, settings, send)
        : send({ content: encodeMessage(method.input, request.message) }))
      const message = stream ? messages : await singleMessage(messages, method)
      return { stream, service, method, header, trailer, message } as UnaryResponse | StreamResponse
    } catch (error) {
      const failure = scope.errorOf(error)
      scope.end(failure)
      throw failure
    }
  }
}

function sendMessages(
  frames: RequestFrames,
  { method, url }: StreamRequest,
  { requestStreaming, format, maxRequestBytes }: ExchangeSettings,
  send: (body: RequestBody) => Promise<Answer>,
): Promise<Answer> {
  const sendWhole = async (): Promise<Answer> => send({ content: await frames.all(maxRequestBytes) })
  const streaming = method.methodKind === "server_streaming" ? undefined : requestStreaming
  return streaming?.send({ url, format, frames, send, sendWhole }) ?? sendWhole()
}

async function sendBody(
  request: UnaryRequest | StreamRequest,
  body: RequestBody,
  settings: ExchangeSettings,
  call: CallScope,
  scope: CallScope,
): Promise<Answer> {
  const { url, header, contextValues } = request
  const { fetch = globalThis.fetch, format, silenceLimits } = settings
  call.throwIfEnded()
  scope.throwIfEnded()
  setTimeoutHeader(header, call.remainingMs)
  const watched = silenceLimits?.watch(scope, contextValues) ?? ((wait) => wait)
  let answer: Promise<Response> | undefined
  let response: Response
  try {
    answer = fetch(url, requestInit(request, body, format, scope.signal))
    await (body.over && Promise.race([body.over, answer]))
    response = await scope.outcome(watched(answer))
  } catch (cause) {
    // Of a `fetch` that does not heed its signal.
    answer?.then((late) => late.body?.cancel()).catch(() => {})
    if (body.failure !== undefined) throw callError(body.failure)
    throw scope.signal.aborted ? scope.errorOf(cause) : networkError(url, cause)
  }
  return readAnswer(response, { ...settings, output: request.method.output, scope, watched })
}

function requestInit(
  { requestMethod, header }: UnaryRequest | StreamRequest,
  { content }: RequestBody,
  format: BodyFormat | undefined,
  signal: AbortSignal,
): RequestInit & { duplex?: "half" } {
  // A gRPC call cannot follow a redirect: after most of them `fetch` would send a GET without the message.
  const init = { method: requestMethod, headers: header, signal, redirect: "error" } as const
  if (content instanceof ReadableStream) return { ...init, body: content, duplex: "half" }
  return { ...init, body: format?.encode(content) ?? content }
}
