import { Code } from "@causeway/protocol"
import type { StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from "@connectrpc/connect"
import { readAnswer } from "./answer.ts"
import type { Answer } from "./answer.ts"
import type { BodyFormat } from "./body-format.ts"
import { callError } from "./call-error.ts"
import { CallScope } from "./call-scope.ts"
import type { Decompression } from "./decompression.ts"
import { encodeMessage } from "./encode-message.ts"
import type { LongMessages } from "./long-messages.ts"
import { networkError } from "./network-error.ts"
import { setTimeoutHeader } from "./request-header.ts"
import type { RequestBody, RequestStreaming } from "./request-streaming.ts"
import { RpcError } from "./rpc-error.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { singleMessage } from "./single-message.ts"
import type { Invoker } from "./transport-through.ts"

/** The options of a transport that concern a single request, with their defaults. */
export interface FetchSettings {
  /** Undefined: the global `fetch`, looked up for each request. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Undefined: binary. */
  readonly format?: BodyFormat | undefined
  /** Undefined: compressed answers are refused. */
  readonly decompression?: Decompression | undefined
  /** Undefined: client-streaming and bidi calls are refused. */
  readonly requestStreaming?: RequestStreaming | undefined
  /** Undefined: all bodies are read chunk by chunk. */
  readonly longMessages?: LongMessages | undefined
  /** Undefined: no limits. */
  readonly silenceLimits?: SilenceLimits | undefined
  readonly maxMessageBytes: number
}

/**
 * The innermost invoker: it sends one HTTP request and reads its gRPC-Web answer. An interceptor may run it several
 * times in one call; each run has the remaining time of the call.
 */
export function createFetchInvoker(settings: FetchSettings, call: CallScope): Invoker {
  return async (request) => {
    const { stream, service, method } = request
    const scope = new CallScope(request.signal, undefined)
    const send = (body: RequestBody): Promise<Answer> => sendBody(request, body, settings, call, scope)
    try {
      const { header, trailer, messages } = await sendRequest(request, settings, scope, send)
      const message = stream ? messages : await singleMessage(messages, method)
      return { stream, service, method, header, trailer, message } as UnaryResponse | StreamResponse
    } catch (error) {
      // If an answer could not be read, the scope has already ended; only the caller's signal says whether the call was
      // canceled.
      const failure = request.signal.aborted ? scope.errorOf(error) : callError(error)
      scope.end(failure)
      throw failure
    }
  }
}

async function sendRequest(
  request: UnaryRequest | StreamRequest,
  { requestStreaming, format }: FetchSettings,
  scope: CallScope,
  send: (body: RequestBody) => Promise<Answer>,
): Promise<Answer> {
  const { stream, method, message } = request
  if (stream && method.methodKind !== "server_streaming") {
    if (requestStreaming) return requestStreaming.send({ request, scope, format, send })
    const why = `${method.toString()}: createTransport needs requestStreaming() or bufferedRequests()`
    throw new RpcError(why, Code.Unimplemented, { source: "client" })
  }
  // An interceptor may have replaced the iterable, so the number of its messages is checked.
  const only = stream ? await scope.outcome(singleMessage(message, method)) : message
  const frame = encodeMessage(method.input, only)
  return send({ init: { body: format?.encode(frame) ?? frame } })
}

async function sendBody(
  request: UnaryRequest | StreamRequest,
  body: RequestBody,
  settings: FetchSettings,
  call: CallScope,
  scope: CallScope,
): Promise<Answer> {
  const { url, requestMethod, header, contextValues } = request
  const { fetch = globalThis.fetch, silenceLimits } = settings
  call.throwIfEnded()
  scope.throwIfEnded()
  setTimeoutHeader(header, call.remainingMs)
  const watched = silenceLimits?.watch(scope, contextValues) ?? ((wait) => wait)
  let answer: Promise<Response> | undefined
  let response: Response
  try {
    // A gRPC call cannot follow a redirect: after most redirects `fetch` would send a GET without the message.
    answer = fetch(url, {
      method: requestMethod,
      headers: header,
      signal: scope.signal,
      redirect: "error",
      ...body.init,
    })
    await body.isSent?.(answer)
    response = await scope.outcome(watched(answer))
  } catch (cause) {
    // Releases the answer of a `fetch` that ignores its signal.
    answer?.then((late) => late.body?.cancel()).catch(() => {})
    throw scope.signal.aborted ? scope.errorOf(cause) : networkError(url, cause)
  }
  return readAnswer(response, { ...settings, output: request.method.output, scope, watched })
}
