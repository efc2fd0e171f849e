import { timestampMs } from "@bufbuild/protobuf/wkt"
import type { BridgeSnapshot } from "@causeway/proto/api/v1/bridge_pb"
import { useEffect, useSyncExternalStore } from "react"

import { watchBridge } from "../../api/bridge.ts"
import { hasLab } from "../../api/lab.ts"
import { place } from "../../api/place.ts"
import { explain } from "../../api/problem.ts"
import { useLab } from "../../api/use-lab.ts"
import { PageHead } from "../../ui/page-head.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import { createBridgeFeed, type BridgeView } from "./bridge-feed.ts"
import { BridgeState } from "./bridge-state.tsx"
import { CanaryCard } from "./canary-card.tsx"
import { Fleet } from "./fleet.tsx"
import { MethodTable } from "./method-table.tsx"
import { ReasonCounts } from "./reason-counts.tsx"
import { StatTiles } from "./stat-tiles.tsx"
import { useFleet } from "./use-fleet.ts"
import "./bridge.css"

/** The feed outlives the view, so that a user who comes back sees the last minute at once. */
const feed = createBridgeFeed(watchBridge)

/** Shows the live state of the bridge. */
export function BridgePage() {
  const view = useSyncExternalStore(feed.store.subscribe, feed.store.get)

  useEffect(() => {
    feed.start()
    return feed.stop
  }, [])

  return (
    <>
      <PageHead
        title="Bridge"
        about="Where the bridge leads calls, how the servers behind it are, and its own numbers."
      />
      <BridgeState view={view} />
      <Problems view={view} />
      {hasLab ? <FleetLab /> : <NoFleetLab />}
      <Numbers view={view} />
    </>
  )
}

/** These parts do not come through the bridge: they show what is wrong while nothing comes through it. */
function FleetLab() {
  return (
    <>
      <Fleet fleet={useFleet()} />
      <CanaryCard lab={useLab()} />
    </>
  )
}

function NoFleetLab() {
  return (
    <p className="bridge-about bridge-no-lab">
      Routes and upstreams are read from the bridge’s admin port by the console’s own server, which only{" "}
      <code>npm start</code> runs.
    </p>
  )
}

function Problems({ view: { stream, unreachable } }: { readonly view: BridgeView }) {
  const error = stream.kind === "open" ? null : stream.error
  if (error !== null) {
    const hasGivenUp = stream.kind === "closed"
    return (
      <div className="card bridge-problem">
        <ProblemPanel
          problem={explain(error, place)}
          retryLabel={hasGivenUp ? "Retry" : "Retry now"}
          onRetry={hasGivenUp ? feed.start : feed.retryNow}
        />
      </div>
    )
  }
  if (unreachable === null) return null
  return (
    <p className="bridge-note" role="alert">
      {unreachable}
    </p>
  )
}

function Numbers({ view: { readings, stream, unreachable } }: { readonly view: BridgeView }) {
  const snapshot = readings.at(-1)?.snapshot
  const isComing = unreachable === null && (stream.kind === "connecting" || stream.kind === "open")
  if (snapshot === undefined) return isComing ? <LoadingTiles /> : null
  return (
    <>
      <StatTiles readings={readings} />
      <div className="bridge-reasons">
        <ReasonCounts
          title="Refused"
          about="Requests that the bridge turned away before the service was asked, by reason."
          counts={snapshot.refused}
        />
        <ReasonCounts
          title="Ended by the bridge"
          about="Calls that had begun and that the bridge ended itself, by reason."
          counts={snapshot.endedByBridge}
        />
      </div>
      <MethodTable readings={readings} />
      <Since snapshot={snapshot} />
    </>
  )
}

function Since({ snapshot: { startTime, crashes } }: { readonly snapshot: BridgeSnapshot }) {
  if (startTime === undefined) return null
  const since = new Date(timestampMs(startTime))
  return (
    <p className="bridge-since">
      Counted since this process of the bridge began, at{" "}
      <time dateTime={since.toISOString()}>{since.toLocaleTimeString("en")}</time>
      {crashes > 0n && `; it has had ${crashes} exceptions of its own, see its log`}.
    </p>
  )
}

function LoadingTiles() {
  return (
    <div className="stats" role="status" aria-label="Loading">
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index} className="stat">
          <span className="skeleton" />
          <span className="skeleton" />
        </div>
      ))}
    </div>
  )
}
