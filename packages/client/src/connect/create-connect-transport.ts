import type { DescMessage, DescMethod, MessageShape } from "@bufbuild/protobuf"
import { Code } from "@connectrpc/connect"
import type {
  ConnectError,
  Interceptor,
  StreamRequest,
  StreamResponse,
  Transport,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect"
import { createConnectTransport as createStockTransport } from "@connectrpc/connect-web"
import type { ConnectTransportOptions as StockOptions } from "@connectrpc/connect-web"
import { CallScope } from "../call-scope.ts"
import { checkedBaseUrl, checkOption } from "../check-option.ts"
import { RpcError } from "../rpc-error.ts"
import type { SilenceLimits } from "../silence-limits.ts"
import { transportThrough } from "../transport-through.ts"
import type { Invoker } from "../transport-through.ts"
import { connectError } from "./connect-error.ts"
import { watchFetch } from "./watched-fetch.ts"

/** The options of `createConnectTransport`: connect-web's own, and some of `createTransport`. */
export interface ConnectTransportOptions extends Omit<StockOptions, "interceptors"> {
  /** Interceptors around every call, the first one outermost. They see the errors of this package. Default: none. */
  readonly interceptors?: readonly Interceptor[]
  /**
   * Ends calls whose answer is silent for too long: `silenceLimits()`. connect-web reads one message ahead, so time in
   * which the consumer reads nothing counts too. Default: no limit.
   */
  readonly silenceLimits?: SilenceLimits
}

/**
 * A transport for the Connect protocol, built on connect-web: for servers that need no bridge. Calls have the errors of
 * this package and end as its own calls do (deadline, abort, `break`); interceptors see these errors.
 *
 * Failed calls reject with an `RpcError`, or with the `ConnectError` that an interceptor threw. Throws a `TypeError`
 * for an unusable `baseUrl` or deadline.
 */
export function createConnectTransport({ interceptors = [], ...given }: ConnectTransportOptions): Transport {
  const { defaultTimeoutMs = 0 } = given
  checkOption("createConnectTransport", "defaultTimeoutMs", defaultTimeoutMs, defaultTimeoutMs >= 0, "0 or above")
  const options = { ...given, baseUrl: checkedBaseUrl("createConnectTransport", given.baseUrl) }
  return transportThrough(
    { ...options, interceptors },
    (own) => new Headers(own),
    (scope) => createConnectInvoker(options, scope),
  )
}

/** Makes one HTTP request through a connect-web transport of its own, so that the outcome of this request is known. */
function createConnectInvoker(options: Omit<ConnectTransportOptions, "interceptors">, call: CallScope): Invoker {
  const { silenceLimits, ...stock } = options
  return async (request) => {
    const { url, contextValues } = request
    call.throwIfEnded()
    if (request.stream && request.method.methodKind !== "server_streaming") throw unsupported(request.method)
    const scope = new CallScope(request.signal, undefined)
    const watched = watchFetch(options.fetch, silenceLimits?.watch(scope, contextValues))
    const transport = createStockTransport({ ...stock, defaultTimeoutMs: undefined, fetch: watched.fetch })
    const failure = (thrown: unknown): ConnectError => {
      const error = connectError(thrown, url, scope.signal, watched.outcome())
      scope.end(error)
      return error
    }
    try {
      const response = await scope.outcome(send(transport, { ...request, signal: scope.signal }, call))
      if (response.stream) return { ...response, message: messagesOf(response, scope, failure) }
      scope.end()
      return response
    } catch (error) {
      throw failure(error)
    }
  }
}

function unsupported({ name }: DescMethod): RpcError {
  const why = `${name} streams its requests, which the Connect protocol cannot do by fetch. gRPC-Web can, half duplex`
  return new RpcError(why, Code.Unimplemented, { source: "client" })
}

function send(
  transport: Transport,
  request: UnaryRequest | StreamRequest,
  call: CallScope,
): Promise<UnaryResponse | StreamResponse> {
  const { signal, header, contextValues } = request
  const timeoutMs = timeoutOf(call)
  if (request.stream) return transport.stream(request.method, signal, timeoutMs, header, request.message, contextValues)
  return transport.unary(request.method, signal, timeoutMs, header, request.message, contextValues)
}

/** The remaining time in whole milliseconds, as the Connect protocol requires. */
function timeoutOf({ remainingMs }: CallScope): number | undefined {
  return remainingMs === Infinity ? undefined : Math.max(1, Math.floor(remainingMs))
}

async function* messagesOf(
  { message }: StreamResponse,
  scope: CallScope,
  failure: (error: unknown) => ConnectError,
): AsyncGenerator<MessageShape<DescMessage>, void> {
  const messages = message[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await scope.outcome(messages.next())
      if (done === true) return
      yield value
    }
  } catch (error) {
    throw failure(error)
  } finally {
    scope.end()
  }
}
