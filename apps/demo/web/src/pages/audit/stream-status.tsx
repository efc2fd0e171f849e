import { useEffect, useState } from "react"

import { StateBadge } from "../../ui/state-badge.tsx"
import type { AuditSnapshot } from "./audit-feed.ts"

/** How the stream is, in a word, and what came over it so far. */
export function StreamStatus({ snapshot }: { readonly snapshot: AuditSnapshot }) {
  const { state, isPaused, receivedCount, resumeCount } = snapshot
  return (
    <div className="stream">
      <StateBadge tone={isPaused ? "warn" : tones[state.kind]} isLive={!isPaused && state.kind === "open"}>
        <span role="status">{words(snapshot)}</span>
        {/* Outside of what is announced: a voice that counts seconds helps nobody. */}
        {state.kind === "waiting" && <CountDown untilMs={state.untilMs} />}
      </StateBadge>
      <span className="stream-counts">
        {receivedCount === 1 ? "1 event" : `${receivedCount} events`} received
        {resumeCount > 0 && `, resumed ${resumeCount === 1 ? "once" : `${resumeCount} times`}`}
      </span>
    </div>
  )
}

const tones = { connecting: "plain", open: "good", waiting: "warn", closed: "quiet" } as const

function words({ state, isPaused }: AuditSnapshot): string {
  switch (state.kind) {
    case "connecting":
      return "Connecting"
    case "open":
      return isPaused ? "Open, not read" : "Open"
    case "waiting":
      return "Waiting"
    case "closed":
      return "Closed"
  }
}

/** Whole seconds until a moment of `performance.now()`; nothing while the page itself is away. */
function CountDown({ untilMs }: { readonly untilMs: number }) {
  const [nowMs, setNowMs] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 250)
    return () => clearInterval(timer)
  }, [])
  if (untilMs === Infinity) return null
  return <span className="stream-countdown">{Math.max(1, Math.ceil((untilMs - nowMs) / 1000))} s</span>
}
