import { Tally } from "../core/tally.ts"
import type { RouteAction, RouteConfig } from "./route-config.ts"

/** The calls that took one route since the start of the bridge. */
export interface RouteCounts {
  /** The route's name. */
  readonly route: string
  /** The names of its upstreams in order; or one empty name for its answer. */
  readonly targets: readonly string[]
  /** One for each target. */
  readonly tallies: readonly Tally[]
  /** Calls to upstreams that the route had in an earlier configuration. */
  readonly callsBefore: number
}

/**
 * The counts of all routes. They outlive a configuration: a route is known by its name, and its calls are counted on as long as a
 * route with that name exists. So the configuration bounds their number.
 */
export class RouteCounters {
  #byRoute: ReadonlyMap<string, LiveCounts> = new Map()

  /** Counts of these routes, in their order. The counts of other routes stay until `use`. */
  prepare(routes: readonly RouteConfig[]): PreparedCounts {
    const prepared = routes.map(({ name, action }) => new LiveCounts(name, action, this.#byRoute.get(name) ?? null))
    const use = (): void => {
      for (const counts of prepared) counts.addFormer()
      this.#byRoute = new Map(prepared.map((counts) => [counts.route, counts]))
    }
    return { counts: prepared, use }
  }
}

/** Counts of a configuration that is about to take over. */
export interface PreparedCounts {
  readonly counts: readonly RouteCounts[]
  /** The configuration takes over: counts of routes that it does not have are dropped. */
  readonly use: () => void
}

class LiveCounts implements RouteCounts {
  readonly route: string
  readonly targets: readonly string[]
  readonly tallies: readonly Tally[]
  callsBefore = 0
  #former: LiveCounts | null

  constructor(route: string, action: RouteAction, former: LiveCounts | null) {
    this.route = route
    this.targets = targetsOf(action)
    this.#former = former
    this.tallies = this.targets.map((target) => former?.tallyOf(target) ?? new Tally())
  }

  tallyOf(target: string): Tally | undefined {
    return this.tallies[this.targets.indexOf(target)]
  }

  /** Adds the calls to targets that the route no longer has. The former counts end here, since no new call uses them. */
  addFormer(): void {
    if (this.#former === null) return
    const { callsBefore, tallies } = this.#former
    const lost = tallies.filter((tally) => !this.tallies.includes(tally))
    this.callsBefore = lost.reduce((sum, { calls }) => sum + calls, callsBefore)
    this.#former = null
  }
}

/** The upstreams of a route. An answer has the empty name, which no upstream has. */
function targetsOf(action: RouteAction): readonly string[] {
  switch (action.kind) {
    case "upstream":
      return [action.upstream]
    case "split":
      return action.upstreams.map(({ upstream }) => upstream)
    case "answer":
      return [""]
  }
}
