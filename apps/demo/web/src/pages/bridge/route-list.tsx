import type { RouteShare, RouteView } from "../../../../start/fleet-state.ts"
import { countedWords, matchWords, percentWords } from "./fleet-words.ts"

/** The routes in the order in which the bridge tries them. */
export function RouteList({ routes }: { readonly routes: readonly RouteView[] }) {
  return (
    <section className="card fleet-card" aria-label="Routes">
      <h2>Routes</h2>
      <p className="fleet-about">The first route that matches takes a call.</p>
      {routes.length === 0 ? (
        <p className="fleet-about">There is none, so the bridge refuses every call.</p>
      ) : (
        <ol className="fleet-list">
          {routes.map((route) => (
            <Route key={route.name} route={route} />
          ))}
        </ol>
      )}
    </section>
  )
}

function Route({ route: { name, match, calls, upstreams } }: { readonly route: RouteView }) {
  return (
    <li className="fleet-item">
      <div className="fleet-head">
        <h3>{name}</h3>
        <span className="fleet-count">{countedWords(calls, "call")}</span>
      </div>
      <p className="fleet-about">{matchWords(match)}</p>
      {upstreams.length === 0 ? (
        <p>The bridge answers by itself.</p>
      ) : (
        <ul className="shares" aria-label={`Where the calls of ${name} go`}>
          {upstreams.map((share) => (
            <Share key={share.name} share={share} />
          ))}
        </ul>
      )}
    </li>
  )
}

function Share({ share: { name, share, calls } }: { readonly share: RouteShare }) {
  return (
    <li className="share">
      <span className="share-name">{name}</span>
      <span className="share-bar" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span className="share-percent">{percentWords(share)}</span>
      <span className="fleet-count">{countedWords(calls, "call")}</span>
    </li>
  )
}
