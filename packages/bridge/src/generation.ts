import type { OpenCall } from "./core/call.ts"
import type { BridgeError } from "./core/errors.ts"
import type { Exchange } from "./core/exchange.ts"
import { FlushTurn } from "./core/flush-turn.ts"
import { OpenCalls } from "./core/open-calls.ts"
import type { Observer } from "./core/observer.ts"
import type { PumpContext } from "./core/pump-context.ts"
import { StallClock } from "./core/stall-clock.ts"
import type { Upstream } from "./core/upstream.ts"
import { CorsPolicy } from "./downstream/cors.ts"
import { HeaderNames } from "./downstream/header-names.ts"
import { localOrigins } from "./downstream/origin-patterns.ts"
import { createServe } from "./downstream/serve.ts"
import { TrustedProxies } from "./downstream/trusted-proxies.ts"
import { createMetadataEdit } from "./routing/edit-metadata.ts"
import type { RouteConfig } from "./routing/route-config.ts"
import { createRouteTable } from "./routing/route-table.ts"
import { routeToAll } from "./routing/route-to-all.ts"
import type { RouteTarget } from "./stages/route.ts"
import { staticAnswer } from "./stages/static-answer.ts"
import { createHandler } from "./stage-list.ts"

/** The settings of request handling. */
export interface GenerationOptions {
  readonly corsOrigins: readonly string[]
  readonly corsCredentials: boolean
  readonly passCookies: boolean
  readonly passHeaders: readonly string[]
  readonly trustedProxies: readonly string[]
  readonly maxHeadBytes: number
  readonly maxRequestMessageBytes: number
  readonly maxReplyMessageBytes: number
  readonly stallTimeoutMs: number
  readonly maxBufferedBytes: number
}

/**
 * Everything that one configuration needs to serve calls. Parts that outlive a configuration (sessions, counters) are passed in.
 */
export interface Generation {
  readonly serve: (exchange: Exchange) => void
  readonly stalls: StallClock
  /** Ends every open call with this error. Returns how many there were. */
  endCalls(error: BridgeError): number
}

/** Builds a generation. */
export function createGeneration(
  options: GenerationOptions,
  upstream: Upstream,
  observer: Observer,
  isDraining: () => boolean,
): Generation {
  const stalls = new StallClock(options)
  const pumps: PumpContext = {
    turn: new FlushTurn(),
    stalls,
    maxRequestMessageBytes: options.maxRequestMessageBytes,
    maxReplyMessageBytes: options.maxReplyMessageBytes,
  }
  const configs = [routeToAll(upstream.name)]
  const router = {
    table: createRouteTable(configs),
    targets: configs.map((config) => targetOf(config, upstream, options.passCookies)),
  }
  const handler = createHandler({ observer, isDraining, router })
  const origins = options.corsOrigins.length === 0 ? localOrigins : options.corsOrigins
  const cors = new CorsPolicy(origins, options.corsCredentials)
  const calls = new OpenCalls<OpenCall>()
  const proxies = options.trustedProxies.length === 0 ? null : new TrustedProxies(options.trustedProxies)
  const names = new HeaderNames({ ...options, hasProxies: proxies !== null })
  const serve = createServe({
    handler,
    cors,
    names,
    proxies,
    pumps,
    observer,
    calls,
    maxHeadBytes: options.maxHeadBytes,
  })
  return {
    serve,
    stalls,
    endCalls(error) {
      const open = calls.all()
      for (const call of open) call.fail(error)
      return open.length
    },
  }
}

function targetOf(config: RouteConfig, upstream: Upstream, passesCookies: boolean): RouteTarget {
  if (config.action.kind === "answer") return { kind: "answer", reply: staticAnswer(config.action) }
  const route = { upstream, passesCookies, timeouts: config.timeouts }
  return { kind: "route", route, edit: createMetadataEdit(config.metadata) }
}
