import type { Interceptor, Transport } from "@connectrpc/connect"
import type { BodyFormat } from "./body-format.ts"
import { checkedBaseUrl, checkOption } from "./check-option.ts"
import type { Decompression } from "./decompression.ts"
import { createExchange } from "./exchange.ts"
import type { ExchangeSettings } from "./exchange.ts"
import type { LongMessages } from "./long-messages.ts"
import { requestHeader } from "./request-header.ts"
import type { RequestStreaming } from "./request-streaming.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { transportThrough } from "./transport-through.ts"

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
   * Makes client-streaming and bidi calls possible: `requestStreaming()` sends their messages as they come, where that is
   * possible, and `bufferedRequests()` all of them together. Default: such a call is UNIMPLEMENTED.
   */
  readonly requestStreaming?: RequestStreaming
  /**
   * Inflates compressed answers: `decompression()`. Default: a compressed answer is UNIMPLEMENTED.
   */
  readonly decompression?: Decompression
  /** Reads many messages above 512 KiB at less cost: `longMessages()`. Default: like all others. */
  readonly longMessages?: LongMessages
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
 * `Transport`. Unary and server-streaming calls; with an import client-streaming and half-duplex bidi calls: there all
 * request messages are sent before the first answer is read.
 *
 * Every call fails with an `RpcError`, or with the `ConnectError` that an interceptor threw. Throws a `TypeError` for
 * options that cannot work.
 */
export function createTransport(options: TransportOptions): Transport {
  const settings = transportSettings(options)
  return transportThrough(
    settings,
    (own, { remainingMs }) => requestHeader(own, settings.format, remainingMs),
    (scope) => createExchange(settings, scope),
  )
}

/** The options, complete and checked. */
interface TransportSettings extends ExchangeSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly interceptors: readonly Interceptor[]
}

function transportSettings(options: TransportOptions): TransportSettings {
  const { defaultTimeoutMs = 0, maxMessageBytes = 4 * 1024 * 1024, interceptors = [] } = options
  checkOption("createTransport", "defaultTimeoutMs", defaultTimeoutMs, defaultTimeoutMs >= 0, "0 or above")
  // Also refuses NaN, with which no comparison holds and so no limit.
  checkOption("createTransport", "maxMessageBytes", maxMessageBytes, maxMessageBytes > 0, "above 0")
  return { ...options, baseUrl: checkedBaseUrl("createTransport", options.baseUrl), interceptors, maxMessageBytes }
}
