import { grpcCodeLabel } from "./observe/grpc-codes.ts"
import type { LabelledNumber, Registry } from "./observe/registry.ts"
import type { RouteCounts } from "./routing/route-counts.ts"

/** Registers the metrics of routes. The routes in force bound their number; the series of a route end with it. */
export function addRouteMetrics(registry: Registry, counts: () => readonly RouteCounts[]): void {
  registry.readCounters(
    "causeway_route_calls_started_total",
    "Calls that took a route, by the upstream that it chose (empty: the route answers by itself).",
    ["route", "upstream"],
    () =>
      counts().flatMap(({ route, targets, tallies }) =>
        tallies.map(({ calls }, i): LabelledNumber => [[route, targets[i]], calls]),
      ),
  )
  registry.readCounters(
    "causeway_route_calls_total",
    "Calls that took a route and have ended, by upstream and status code.",
    ["route", "upstream", "grpc_code"],
    () =>
      counts().flatMap(({ route, targets, tallies }) =>
        tallies.flatMap(({ ended }, i) =>
          ended.shown.map(([code, count]): LabelledNumber => [[route, targets[i], grpcCodeLabel(code)], count]),
        ),
      ),
  )
}
