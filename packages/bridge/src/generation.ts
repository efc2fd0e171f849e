import type { OpenCall } from "./core/call.ts"
import type { BridgeError } from "./core/errors.ts"
import type { Exchange } from "./core/exchange.ts"
import type { FlushTurn } from "./core/flush-turn.ts"
import { OpenCalls } from "./core/open-calls.ts"
import type { Observer } from "./core/observer.ts"
import type { PumpContext } from "./core/pump-context.ts"
import type { StallClock } from "./core/stall-clock.ts"
import { CorsPolicy } from "./downstream/cors.ts"
import { HeaderNames } from "./downstream/header-names.ts"
import { localOrigins } from "./downstream/origin-patterns.ts"
import { createServe } from "./downstream/serve.ts"
import { TrustedProxies } from "./downstream/trusted-proxies.ts"
import type { RouteConfig } from "./routing/route-config.ts"
import type { RouteCounts } from "./routing/route-counts.ts"
import type { RouteTable } from "./routing/route-table.ts"
import { createRouteTable } from "./routing/route-table.ts"
import type { NamedUpstreams } from "./route-targets.ts"
import { createRouteTargets } from "./route-targets.ts"
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
}

/** Parts of the bridge that outlive a configuration. */
export interface SharedParts {
  readonly observer: Observer
  readonly isDraining: () => boolean
  readonly stalls: StallClock
  readonly turn: FlushTurn
}

/** The routes of a configuration, with the calls that took them. */
export interface CountedRoutes {
  readonly table: RouteTable
  /** In the order of the table. */
  readonly counts: readonly RouteCounts[]
}

/**
 * Everything that one configuration needs to serve calls. Parts that outlive a configuration (sessions, counters) are passed in.
 */
export interface Generation {
  readonly serve: (exchange: Exchange) => void
  readonly routes: CountedRoutes
  /** Ends every open call with this error. Returns how many there were. */
  endCalls(error: BridgeError): number
  /** Another generation has taken over. Calls `then` once, when the last call of this one has ended. */
  retire(then: () => void): void
}

/** Builds a generation. */
export function createGeneration(
  options: GenerationOptions,
  { configs, counts }: { readonly configs: readonly RouteConfig[]; readonly counts: readonly RouteCounts[] },
  upstreams: NamedUpstreams,
  { observer, isDraining, stalls, turn }: SharedParts,
): Generation {
  const pumps: PumpContext = {
    turn,
    stalls,
    maxRequestMessageBytes: options.maxRequestMessageBytes,
    maxReplyMessageBytes: options.maxReplyMessageBytes,
  }
  const router = {
    table: createRouteTable(configs),
    targets: createRouteTargets(configs, counts, upstreams, options.passCookies),
  }
  const handler = createHandler({ observer, isDraining, router, mirrors: { turn, stalls, observer } })
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
    routes: { table: router.table, counts },
    endCalls(error) {
      const open = calls.all()
      for (const call of open) call.fail(error)
      return open.length
    },
    retire: (then) => calls.whenEmpty(then),
  }
}
