import type {
  ConnectError,
  Interceptor,
  StreamRequest,
  StreamResponse,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect"
import { abortError } from "./abort-error.ts"
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
import { isConnectError } from "./rpc-error.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { singleMessage } from "./single-message.ts"

/** What interceptors wrap, and what they make of it: a request goes in, the response to it comes out. */
export type Exchange = Parameters<Interceptor>[0]

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
export function createExchange(settings: ExchangeSettings, scope: CallScope): Exchange {
  return async (request) => (request.stream ? streamed(request, settings, scope) : unary(request, settings, scope))
}

async function unary(request: UnaryRequest, settings: ExchangeSettings, scope: CallScope): Promise<UnaryResponse> {
  const { service, method } = request
  const content = encodeMessage(method.input, request.message)
  const { header, trailer, messages } = await send(request, { content }, settings, scope)
  return { stream: false, service, method, header, trailer, message: await singleMessage(messages, method) }
}

async function streamed(request: StreamRequest, settings: ExchangeSettings, scope: CallScope): Promise<StreamResponse> {
  const { service, method, url } = request
  const { requestStreaming, format, maxRequestBytes } = settings
  const frames = new RequestFrames(request)
  const sendBody = (body: RequestBody): Promise<Answer> => send(request, body, settings, scope, frames)
  const sendWhole = async (): Promise<Answer> => sendBody({ content: await frames.all(maxRequestBytes) })
  const streaming = method.methodKind === "server_streaming" ? undefined : requestStreaming
  const answer = streaming?.send({ url, format, frames, send: sendBody, sendWhole }) ?? sendWhole()
  const { header, trailer, messages } = await answer
  return { stream: true, service, method, header, trailer, message: messages }
}

async function send(
  request: UnaryRequest | StreamRequest,
  body: RequestBody,
  settings: ExchangeSettings,
  scope: CallScope,
  frames?: RequestFrames,
): Promise<Answer> {
  const { url, header, contextValues } = request
  scope.throwIfEnded()
  if (request.signal.aborted) throw abortError(request.signal)
  setTimeoutHeader(header, scope.remainingMs)
  const { fetch = globalThis.fetch, format } = settings
  const exchange = new CallScope(request.signal, undefined)
  const { signal } = exchange
  const watched = settings.silenceLimits?.watch(exchange, contextValues) ?? ((wait) => wait)
  signal.addEventListener("abort", () => {
    // The answer may also be over, in good order, before the request is.
    const isFailure = request.signal.aborted || isConnectError(signal.reason)
    frames?.stop(isFailure ? abortError(signal) : undefined)
  })
  let response: Response
  let answer: Promise<Response> | undefined
  try {
    answer = fetch(url, requestInit(request, body, format, signal))
    await (body.over && Promise.race([body.over, answer]))
    response = await exchange.outcome(watched(answer))
  } catch (cause) {
    // Of a `fetch` that does not heed its signal.
    answer?.then((late) => late.body?.cancel()).catch(() => {})
    const error = failureOf(cause)
    exchange.end(error)
    throw error
  }
  return readAnswer(response, { ...settings, output: request.method.output, scope: exchange, watched })

  function failureOf(cause: unknown): ConnectError {
    if (body.failure !== undefined) return callError(body.failure)
    return signal.aborted ? abortError(signal) : networkError(url, cause)
  }
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
