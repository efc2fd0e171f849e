import type { DescMessage, DescMethod, MessageShape } from "@bufbuild/protobuf"
import { create } from "@bufbuild/protobuf"
import { createContextValues } from "@connectrpc/connect"
import type { ContextValues, Interceptor, StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect"
import type { BodyFormat } from "./body-format.ts"
import { CallScope } from "./call-scope.ts"
import { checkedBaseUrl, checkOption } from "./check-option.ts"
import type { Decompression } from "./decompression.ts"
import { createExchange } from "./exchange.ts"
import type { Exchange, ExchangeSettings } from "./exchange.ts"
import { MessageIterator, singleUse } from "./message-stream.ts"
import { createMessages } from "./create-messages.ts"
import { requestHeader } from "./request-header.ts"
import type { RequestStreaming } from "./request-streaming.ts"
import type { SilenceLimits } from "./silence-limits.ts"

/** The options of `createTransport`. */
export interface TransportOptions {
  /**
   * Where the bridge is: an absolute URL, or, in a page or worker, a path on its own origin (`"/"`, `"/rpc"`). A method is
   * called at `<baseUrl>/<package>.<Service>/<Method>`, so neither a query nor a fragment fits. Slashes at its end do not
   * matter; `""` means the same as `"/"`.
   */
  readonly baseUrl: string
  /** Run around every call, the first one outermost. connect's interceptors, unchanged. Default: none. */
  readonly interceptors?: readonly Interceptor[]
  /**
   * The time a call may take, in milliseconds, streams included, where the call itself gives no `timeoutMs`. The server
   * learns what is left of it. `timeoutMs: 0` at a call takes it off that call. Default: no deadline, and so mean 0 and
   * Infinity.
   */
  readonly defaultTimeoutMs?: number
  /**
   * The longest message to accept, in bytes, before and after inflating. A longer one is RESOURCE_EXHAUSTED before
   * anything is allocated for it. Default: 4 MiB, as in gRPC (`max_receive_message_length`).
   */
  readonly maxMessageBytes?: number
  /**
   * The longest request body of a client-streaming or bidi call, in bytes: it is held in memory until the last request
   * message is there. A longer one is RESOURCE_EXHAUSTED before anything is sent. Default: 8 MiB.
   */
  readonly maxRequestBytes?: number
  /**
   * Sends the messages of client-streaming and bidi calls as they come, where that is possible: `requestStreaming()`. Then
   * `maxRequestBytes` holds only where it is not. Default: they are sent together when the last one is there.
   */
  readonly requestStreaming?: RequestStreaming
  /**
   * Inflates compressed answers: `decompression()`. Default: a compressed answer is UNIMPLEMENTED.
   */
  readonly decompression?: Decompression
  /** Ends calls whose answer is silent for too long: `silenceLimits()`. Default: a silence may last. */
  readonly silenceLimits?: SilenceLimits
  /** How messages travel in HTTP bodies: `textFormat()` for base64. Default: binary. */
  readonly format?: BodyFormat
  /**
   * Called instead of the global `fetch`: to send cookies to another origin (`credentials: "include"`), or to run in an
   * environment that has its own.
   */
  readonly fetch?: typeof globalThis.fetch
}

/**
 * A transport that speaks gRPC-Web by `fetch`, for `createClient` and for everything else that takes a connect
 * `Transport`. Unary and server-streaming calls, client-streaming and half-duplex bidi calls: there all request messages
 * are sent before the first answer is read.
 *
 * Every call fails with an `RpcError`, or with the `ConnectError` that an interceptor threw. Throws a `TypeError` for
 * options that cannot work.
 */
export function createTransport(options: TransportOptions): Transport {
  const settings = transportSettings(options)
  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const scope = new CallScope(signal, timeoutMs ?? options.defaultTimeoutMs)
      try {
        const head = requestHead(settings, scope, method, header, contextValues)
        const request = { ...head, stream: false as const, method, message: create(method.input, input) }
        const response = await scope.outcome(exchangeThrough(settings, scope)(request))
        return response as UnaryResponse<typeof method.input, typeof method.output>
      } catch (error) {
        throw scope.errorOf(error)
      } finally {
        scope.end()
      }
    },

    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const scope = new CallScope(signal, timeoutMs ?? options.defaultTimeoutMs)
      try {
        const head = requestHead(settings, scope, method, header, contextValues)
        const request = { ...head, stream: true as const, method, message: createMessages(method.input, input) }
        const response = await scope.outcome(exchangeThrough(settings, scope)(request))
        return endingWith(scope, response as StreamResponse<typeof method.input, typeof method.output>)
      } catch (error) {
        const failure = scope.errorOf(error)
        scope.end(failure)
        throw failure
      }
    },
  }
}

/** The options, complete and checked. */
interface TransportSettings extends ExchangeSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly interceptors: readonly Interceptor[]
}

function transportSettings(options: TransportOptions): TransportSettings {
  const { defaultTimeoutMs = 0, silenceLimits } = options
  checkOption("createTransport", "defaultTimeoutMs", defaultTimeoutMs, defaultTimeoutMs >= 0, "0 or above")
  // Types say it too; but a limit that nobody heeds would be found out by a stream that hangs.
  const isHeeded = silenceLimits
    ? "watch" in silenceLimits
    : !("idleTimeoutMs" in options || "firstByteTimeoutMs" in options)
  checkOption("createTransport", "silenceLimits", silenceLimits, isHeeded, "silenceLimits({ idleTimeoutMs, … })")
  return {
    ...options,
    baseUrl: checkedBaseUrl("createTransport", options.baseUrl),
    interceptors: options.interceptors ?? [],
    maxMessageBytes: byteLimit("maxMessageBytes", options.maxMessageBytes ?? 4 * 1024 * 1024),
    maxRequestBytes: byteLimit("maxRequestBytes", options.maxRequestBytes ?? 8 * 1024 * 1024),
  }
}

function byteLimit(name: string, bytes: number): number {
  // Also refuses NaN, with which no comparison holds and so no limit.
  checkOption("createTransport", name, bytes, bytes > 0, "above 0")
  return bytes
}

/** What requests of both kinds have in common. */
function requestHead(
  { baseUrl, format }: TransportSettings,
  scope: CallScope,
  method: DescMethod,
  header: HeadersInit | undefined,
  contextValues: ContextValues = createContextValues(),
) {
  scope.throwIfEnded()
  return {
    service: method.parent,
    requestMethod: "POST",
    url: `${baseUrl}/${method.parent.typeName}/${method.name}`,
    signal: scope.signal,
    header: requestHeader(header, format, scope.remainingMs),
    contextValues,
  }
}

/** As in connect the last interceptor is applied first: it is the innermost. */
function exchangeThrough(settings: TransportSettings, scope: CallScope): Exchange {
  return settings.interceptors.reduceRight((next, intercept) => intercept(next), createExchange(settings, scope))
}

/** The response as it is, except that the end of its messages, or of their reader's interest, ends the call. */
function endingWith<I extends DescMessage, O extends DescMessage>(
  scope: CallScope,
  response: StreamResponse<I, O>,
): StreamResponse<I, O> {
  const open = async (): Promise<AsyncIterator<MessageShape<O>>> => response.message[Symbol.asyncIterator]()
  return { ...response, message: singleUse(new MessageIterator(() => ({ scope, open }))) }
}
