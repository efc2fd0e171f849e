import type { FleetState } from "../../../../start/fleet-state.ts"
import { RouteList } from "./route-list.tsx"
import { UpstreamList } from "./upstream-list.tsx"
import "./fleet.css"

/** The routes of the bridge and the upstreams that they lead to. `fleet` is null before it was read. */
export function Fleet({ fleet }: { readonly fleet: FleetState | null }) {
  if (fleet === null) return <LoadingFleet />
  if (fleet.kind === "unreadable") {
    return (
      <p className="bridge-note" role="status">
        Routes and upstreams are not known. {fleet.why}
      </p>
    )
  }
  return (
    <div className="fleet">
      <RouteList routes={fleet.routes} />
      <UpstreamList upstreams={fleet.upstreams} />
    </div>
  )
}

function LoadingFleet() {
  return (
    <div className="fleet" role="status" aria-label="Loading routes and upstreams">
      {["routes", "upstreams"].map((name) => (
        <div key={name} className="card fleet-card">
          <span className="skeleton" />
        </div>
      ))}
    </div>
  )
}
