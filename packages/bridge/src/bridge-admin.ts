import type { AdminOptions } from "./admin/admin.ts"
import type { Readiness } from "./admin/readiness-page.ts"
import type { CertificateRenewal } from "./certificates/renewal.ts"
import type { Observer } from "./core/observer.ts"
import { isOfProxies } from "./downstream/request-fields.ts"
import type { Fleet } from "./fleet/fleet.ts"
import type { CountedRoutes } from "./generation.ts"
import type { Generations } from "./generations.ts"
import type { Log } from "./observe/log.ts"
import type { Metrics } from "./observe/metrics.ts"
import type { ConfigReload, ReloadResult } from "./reload/config-reload.ts"
import { explainRoutes } from "./routing/explain.ts"
import { routesStatus } from "./routing/routes-status.ts"

/** The parts of a bridge that its admin pages show and use. */
export interface ShownParts {
  readonly readiness: () => Readiness
  readonly metrics: Metrics
  readonly fleet: Fleet
  readonly generations: Generations
  readonly certificates: CertificateRenewal
  /** Null: there is no configuration file. */
  readonly configReload: ConfigReload | null
  readonly observer: Observer
  readonly log: Log
}

/** The contents and callbacks of a bridge's admin pages. Call it after the first generation has taken over. */
export function adminOf(parts: ShownParts): Omit<AdminOptions, "listen" | "hosts"> {
  const { readiness, metrics, fleet, generations, configReload, observer, log } = parts
  const routes = (): CountedRoutes => {
    if (generations.routes === null) throw new Error("the admin port is open before the first generation")
    return generations.routes
  }
  return {
    readiness,
    metrics: () => metrics.expose(fleet.heldNames),
    upstreams: () => fleet.status(performance.now()),
    routes: () => routesStatus(routes().table.routes, routes().counts),
    explain: (request) => explainRoutes(routes().table, request, isOfProxies),
    reload: configReload === null ? null : () => reloadAll(configReload, parts),
    onRefusedHost: (host, page) =>
      log.warn("a request for a page of the admin port was refused because of the host name in it", {
        page,
        host,
        why: "a web page could use this port through a host name of its own (DNS rebinding); if the name is yours, allow it with --admin-host",
      }),
    onCrash: (where, cause) => observer.crashed(where, cause, null),
  }
}

/** Reads the configuration file and every certificate. */
async function reloadAll(configReload: ConfigReload, { certificates, fleet }: ShownParts): Promise<ReloadResult> {
  const [result] = await Promise.all([configReload.reload(), certificates.reload(), fleet.reload()])
  return result
}
