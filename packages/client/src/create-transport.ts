import type { Interceptor, Transport } from "@connectrpc/connect"
import type { BodyFormat } from "./body-format.ts"
import { checkedBaseUrl, checkOption } from "./check-option.ts"
import type { Decompression } from "./decompression.ts"
import { createFetchInvoker } from "./fetch-invoker.ts"
import type { FetchSettings } from "./fetch-invoker.ts"
import type { LongMessages } from "./long-messages.ts"
import { requestHeader } from "./request-header.ts"
import type { RequestStreaming } from "./request-streaming.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { transportThrough } from "./transport-through.ts"

/** The options of `createTransport`. */
export interface TransportOptions {
  /**
   * The address of the bridge: an absolute URL or, in a page or worker, a path on the page's origin (`"/"`, `"/rpc"`).
   * A method is called at `<baseUrl>/<package>.<Service>/<Method>`, so a query or fragment is refused. Trailing slashes
   * do not matter; `""` means `"/"`.
   */
  readonly baseUrl: string
  /** connect's interceptors, run around every call, the first one outermost. Default: none. */
  readonly interceptors?: readonly Interceptor[]
  /**
   * The deadline of calls, streams included, that give no `timeoutMs` of their own, in milliseconds. The server is told
   * the remaining time. `timeoutMs: 0` removes the deadline of one call. Default: no deadline; 0 and Infinity mean that
   * too.
   */
  readonly defaultTimeoutMs?: number
  /**
   * The longest message to accept, in bytes, compressed and inflated. A longer message fails the call with
   * RESOURCE_EXHAUSTED before memory is allocated for it. Default: 4 MiB, as in gRPC (`max_receive_message_length`).
   */
  readonly maxMessageBytes?: number
  /**
   * Enables client-streaming and bidi calls. `requestStreaming()` sends each message as soon as it is there, if the
   * browser can; `bufferedRequests()` sends all of them together. Default: these calls fail with UNIMPLEMENTED.
   */
  readonly requestStreaming?: RequestStreaming
  /** Inflates compressed answers: `decompression()`. Default: a compressed answer fails the call with UNIMPLEMENTED. */
  readonly decompression?: Decompression
  /** Reads messages above 512 KiB with less memory: `longMessages()`. Default: they are read like all others. */
  readonly longMessages?: LongMessages
  /** Ends calls whose answer is silent for too long: `silenceLimits()`. Default: no limit. */
  readonly silenceLimits?: SilenceLimits
  /** The encoding of HTTP bodies: `textFormat()` for base64. Default: binary. */
  readonly format?: BodyFormat
  /**
   * Called instead of the global `fetch`: to send cookies to another origin (`credentials: "include"`), or in an
   * environment with a `fetch` of its own.
   */
  readonly fetch?: typeof globalThis.fetch
}

/**
 * A transport that speaks gRPC-Web over `fetch`, for `createClient` and for everything else that takes a connect
 * `Transport`. It makes unary and server-streaming calls. With the option `requestStreaming` it also makes
 * client-streaming calls and half-duplex bidi calls, which send all request messages before they read the first answer.
 *
 * Failed calls reject with an `RpcError`, or with the `ConnectError` that an interceptor threw. Throws a `TypeError`
 * for unusable options.
 */
export function createTransport(options: TransportOptions): Transport {
  const settings = transportSettings(options)
  return transportThrough(
    settings,
    (own, { remainingMs }) => requestHeader(own, settings.format, remainingMs),
    (scope) => createFetchInvoker(settings, scope),
  )
}

/** The options, checked and with their defaults. */
interface TransportSettings extends FetchSettings {
  /** Has no trailing slash. */
  readonly baseUrl: string
  readonly interceptors: readonly Interceptor[]
}

function transportSettings(options: TransportOptions): TransportSettings {
  const { defaultTimeoutMs = 0, maxMessageBytes = 4 * 1024 * 1024, interceptors = [] } = options
  checkOption("createTransport", "defaultTimeoutMs", defaultTimeoutMs, defaultTimeoutMs >= 0, "0 or above")
  // Also refuses NaN: no comparison with NaN is true, so it would be no limit.
  checkOption("createTransport", "maxMessageBytes", maxMessageBytes, maxMessageBytes > 0, "above 0")
  return { ...options, baseUrl: checkedBaseUrl("createTransport", options.baseUrl), interceptors, maxMessageBytes }
}
