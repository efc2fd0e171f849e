import { useEffect, useState } from "react"

import type { StreamState } from "../../api/follow.ts"
import type { AuditSnapshot } from "./audit-feed.ts"

interface StreamStatusProps {
  readonly snapshot: AuditSnapshot
  readonly isPaused: boolean
}

/** How the stream is, in a word, and what came over it so far. */
export function StreamStatus({ snapshot, isPaused }: StreamStatusProps) {
  const { state, receivedCount, resumeCount } = snapshot
  return (
    <div className="stream">
      <span className="stream-state" data-state={state.kind}>
        <span className="stream-dot" aria-hidden="true" />
        <span role="status">{words(state)}</span>
        {/* Outside of what is announced: a voice that counts seconds helps nobody. */}
        {state.kind === "waiting" && <CountDown untilMs={state.untilMs} />}
      </span>
      <span className="stream-counts">
        {receivedCount === 1 ? "1 event" : `${receivedCount} events`} received
        {resumeCount > 0 && `, resumed ${resumeCount === 1 ? "once" : `${resumeCount} times`}`}
        {isPaused && "; paused, goes on after the last one"}
      </span>
    </div>
  )
}

function words(state: StreamState): string {
  switch (state.kind) {
    case "connecting":
      return "Connecting"
    case "open":
      return "Open"
    case "waiting":
      return "Waiting"
    case "closed":
      return "Closed"
  }
}

/** Whole seconds until a moment of `performance.now()`. */
function CountDown({ untilMs }: { readonly untilMs: number }) {
  const [nowMs, setNowMs] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 250)
    return () => clearInterval(timer)
  }, [])
  return <span className="stream-countdown">{Math.max(1, Math.ceil((untilMs - nowMs) / 1000))} s</span>
}
