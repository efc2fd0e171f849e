import type { Interceptor, StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from "@connectrpc/connect"
import { abortError } from "./abort-error.ts"
import { readAnswer } from "./answer.ts"
import type { Answer } from "./answer.ts"
import type { BodyFormat } from "./body-format.ts"
import type { CallScope } from "./call-scope.ts"
import { networkError } from "./network-error.ts"
import { encodeMessage, encodeMessages } from "./request-body.ts"
import { setTimeoutHeader } from "./request-header.ts"
import { silenceLimits } from "./silence-limits.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { SilenceWatch } from "./silence-watch.ts"
import { singleMessage } from "./single-message.ts"

/** What interceptors wrap, and what they make of it: a request goes in, the response to it comes out. */
export type Exchange = Parameters<Interceptor>[0]

/** The options of a transport that matter to a single request, with their defaults filled in. */
export interface ExchangeSettings extends SilenceLimits {
  /** Undefined: the global one, looked up at each request. */
  readonly fetch: typeof globalThis.fetch | undefined
  /** Undefined: the binary one. */
  readonly format: BodyFormat | undefined
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
  const body = encodeMessage(method.input, request.message)
  const { header, trailer, messages } = await send(request, body, settings, scope)
  return { stream: false, service, method, header, trailer, message: await singleMessage(messages, method) }
}

async function streamed(request: StreamRequest, settings: ExchangeSettings, scope: CallScope): Promise<StreamResponse> {
  const { service, method } = request
  const body = await encodeMessages(request, settings.maxRequestBytes)
  const { header, trailer, messages } = await send(request, body, settings, scope)
  return { stream: true, service, method, header, trailer, message: messages }
}

async function send(
  request: UnaryRequest | StreamRequest,
  body: Uint8Array<ArrayBuffer>,
  settings: ExchangeSettings,
  scope: CallScope,
): Promise<Answer> {
  const { url, header, requestMethod, contextValues } = request
  scope.throwIfEnded()
  if (request.signal.aborted) throw abortError(request.signal)
  setTimeoutHeader(header, scope.remainingMs)
  const { fetch = globalThis.fetch, format, maxMessageBytes } = settings
  const watch = new SilenceWatch(request.signal, silenceLimits(settings, contextValues))
  const { signal } = watch
  let response: Response
  let answer: Promise<Response> | undefined
  try {
    // A gRPC call cannot follow a redirect: after most of them `fetch` would send a GET without the message.
    const encoded = format?.encode(body) ?? body
    answer = fetch(url, { method: requestMethod, headers: header, body: encoded, signal, redirect: "error" })
    response = await watch.firstByte(answer)
  } catch (cause) {
    // Of a `fetch` that does not heed its signal.
    answer?.then((late) => late.body?.cancel()).catch(() => {})
    const error = signal.aborted ? abortError(signal) : networkError(url, cause)
    watch.end(error)
    throw error
  }
  return readAnswer(response, { output: request.method.output, format, watch, maxMessageBytes })
}
