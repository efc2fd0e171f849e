import type { DescMessage, DescMethod, MessageShape } from "@bufbuild/protobuf"
import { Code } from "@connectrpc/connect"
import type {
  Interceptor,
  StreamRequest,
  StreamResponse,
  Transport,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect"
import { createConnectTransport as createStockTransport } from "@connectrpc/connect-web"
import type { ConnectTransportOptions as StockOptions } from "@connectrpc/connect-web"
import type { CallScope } from "../call-scope.ts"
import { checkedBaseUrl, checkOption } from "../check-option.ts"
import { RpcError } from "../rpc-error.ts"
import { transportThrough } from "../transport-through.ts"
import type { Exchange } from "../transport-through.ts"
import { connectError } from "./connect-error.ts"
import { watchFetch } from "./watched-fetch.ts"

/**
 * The options of `createConnectTransport`: connect-web's own, some of which `createTransport` has too. Limits on silence are
 * not among them, nor heeded at a call: an answer may be silent until its deadline.
 */
export interface ConnectTransportOptions extends Omit<StockOptions, "interceptors"> {
  /** Run around every call, the first one outermost. They see this package's errors. Default: none. */
  readonly interceptors?: readonly Interceptor[]
}

/**
 * A transport that speaks the Connect protocol, by connect-web: for servers without a bridge before them. It is given this
 * package's errors, its end of a call (deadline, abort, `break`), and its interceptors, which see those errors.
 *
 * Every call fails with an `RpcError`, or with the `ConnectError` that an interceptor threw. Throws a `TypeError` for a
 * `baseUrl` or deadline that cannot work.
 */
export function createConnectTransport({ interceptors = [], ...given }: ConnectTransportOptions): Transport {
  const { defaultTimeoutMs = 0 } = given
  checkOption("createConnectTransport", "defaultTimeoutMs", defaultTimeoutMs, defaultTimeoutMs >= 0, "0 or above")
  const options = { ...given, baseUrl: checkedBaseUrl("createConnectTransport", given.baseUrl) }
  return transportThrough({
    ...options,
    interceptors,
    requestHeader: (own) => new Headers(own),
    createExchange: (scope) => createExchange(options, scope),
  })
}

/** One HTTP request, by a transport of connect-web's made for it: what came of the request is then known. */
function createExchange(options: Omit<StockOptions, "interceptors">, scope: CallScope): Exchange {
  return async (request) => {
    const { url, signal } = request
    scope.throwIfEnded()
    if (request.stream && request.method.methodKind !== "server_streaming") throw unsupported(request.method)
    const watched = watchFetch(options.fetch)
    const transport = createStockTransport({ ...options, defaultTimeoutMs: undefined, fetch: watched.fetch })
    const failure = (error: unknown) => connectError(error, url, signal, watched.outcome())
    try {
      if (!request.stream) return await unary(transport, request, scope)
      const response = await streamed(transport, request, scope)
      return { ...response, message: failingWith(response.message, failure) }
    } catch (error) {
      throw failure(error)
    }
  }
}

function unsupported({ name }: DescMethod): RpcError {
  const why = `${name} streams its requests, which the Connect protocol cannot do by fetch. gRPC-Web can, half duplex`
  return new RpcError(why, Code.Unimplemented, { source: "client" })
}

function unary(transport: Transport, request: UnaryRequest, scope: CallScope): Promise<UnaryResponse> {
  const { method, signal, header, message, contextValues } = request
  return transport.unary(method, signal, timeoutOf(scope), header, message, contextValues)
}

function streamed(transport: Transport, request: StreamRequest, scope: CallScope): Promise<StreamResponse> {
  const { method, signal, header, message, contextValues } = request
  return transport.stream(method, signal, timeoutOf(scope), header, message, contextValues)
}

/** In whole milliseconds, as the Connect protocol has it. */
function timeoutOf({ remainingMs }: CallScope): number | undefined {
  return remainingMs === Infinity ? undefined : Math.max(1, Math.floor(remainingMs))
}

async function* failingWith<T extends MessageShape<DescMessage>>(
  messages: AsyncIterable<T>,
  failure: (error: unknown) => Error,
): AsyncGenerator<T, void> {
  try {
    yield* messages
  } catch (error) {
    throw failure(error)
  }
}
