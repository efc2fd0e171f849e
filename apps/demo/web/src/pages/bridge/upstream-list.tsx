import type { EndpointView, UpstreamView } from "../../../../start/fleet-state.ts"
import { StateBadge } from "../../ui/state-badge.tsx"
import { ageWords, countedWords, sentence, sessionWords, streamWords } from "./fleet-words.ts"

/** The upstreams with their endpoints, each with its state and the reason for it. */
export function UpstreamList({ upstreams }: { readonly upstreams: readonly UpstreamView[] }) {
  return (
    <section className="card fleet-card" aria-label="Upstreams">
      <h2>Upstreams</h2>
      <p className="fleet-about">The servers behind the bridge, as the bridge sees them now.</p>
      {upstreams.length === 0 ? (
        <p className="fleet-about">There is none.</p>
      ) : (
        <ul className="fleet-list">
          {upstreams.map((upstream) => (
            <Upstream key={upstream.name} upstream={upstream} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Upstream({ upstream: { name, waiting, callsInFlight, endpoints } }: { readonly upstream: UpstreamView }) {
  return (
    <li className="fleet-item">
      <div className="fleet-head">
        <h3>{name}</h3>
        <span className="fleet-count">
          {countedWords(callsInFlight, "call")} in flight{waiting > 0 && `, ${waiting} waiting`}
        </span>
      </div>
      {endpoints.length === 0 ? (
        <p className="fleet-about">It has no endpoint.</p>
      ) : (
        <ul className="endpoints" aria-label={`Endpoints of ${name}`}>
          {endpoints.map((endpoint) => (
            <Endpoint key={endpoint.address} endpoint={endpoint} />
          ))}
        </ul>
      )}
    </li>
  )
}

function Endpoint({ endpoint }: { readonly endpoint: EndpointView }) {
  const { address, isHealthy, why, sessions, streams, streamLimit, oldestSessionSeconds } = endpoint
  return (
    <li className="endpoint">
      <div className="endpoint-head">
        <StateBadge tone={isHealthy ? "good" : "bad"}>{isHealthy ? "Healthy" : "Not healthy"}</StateBadge>
        <code>{address}</code>
      </div>
      <p className={isHealthy ? "fleet-about" : "endpoint-why"}>{sentence(why)}</p>
      <dl className="endpoint-facts">
        <div>
          <dt>Connections</dt>
          <dd>{sessionWords(sessions)}</dd>
        </div>
        <div>
          <dt>Streams</dt>
          <dd>{streamWords(streams, streamLimit)}</dd>
        </div>
        <div>
          <dt>Connected</dt>
          <dd>{ageWords(oldestSessionSeconds)}</dd>
        </div>
      </dl>
    </li>
  )
}
