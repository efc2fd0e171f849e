import { useEffect, useState, useSyncExternalStore } from "react"

import { place } from "../../api/place.ts"
import { explain } from "../../api/problem.ts"
import { Button } from "../../ui/button.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import { AuditList } from "./audit-list.tsx"
import { pageFeed } from "./page-feed.ts"
import { StreamStatus } from "./stream-status.tsx"
import "./audit.css"

/** What happens to the accounts, as it happens. */
export function AuditPage() {
  const snapshot = useSyncExternalStore(pageFeed.subscribe, pageFeed.getSnapshot)
  const [isPaused, setIsPaused] = useState(false)

  // Paused is stopped: no connection is held, and what happens meanwhile comes after the cursor when it goes on.
  useEffect(() => {
    if (isPaused) return
    pageFeed.start()
    window.addEventListener("online", pageFeed.retryNow)
    return () => {
      window.removeEventListener("online", pageFeed.retryNow)
      pageFeed.stop()
    }
  }, [isPaused])

  const { state } = snapshot
  const error = state.kind === "open" ? null : state.error
  const hasGivenUp = state.kind === "closed" && error !== null
  return (
    <>
      <div className="view-head">
        <h1>Audit log</h1>
        <p className="view-about">What happens to the accounts, as it happens.</p>
        <Button icon={isPaused ? "play" : "pause"} className="audit-pause" onClick={() => setIsPaused(!isPaused)}>
          {isPaused ? "Resume" : "Pause"}
        </Button>
      </div>
      <StreamStatus snapshot={snapshot} isPaused={isPaused} />
      <section className="card" aria-label="Events, the newest first">
        {error !== null && (
          <ProblemPanel
            problem={explain(error, place)}
            retryLabel={hasGivenUp ? "Retry" : "Retry now"}
            onRetry={hasGivenUp ? pageFeed.start : pageFeed.retryNow}
          />
        )}
        <AuditList snapshot={snapshot} />
      </section>
    </>
  )
}
