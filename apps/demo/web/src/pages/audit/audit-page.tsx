import { useEffect, useSyncExternalStore } from "react"

import { place } from "../../api/place.ts"
import { explain } from "../../api/problem.ts"
import { Button } from "../../ui/button.tsx"
import { PageHead } from "../../ui/page-head.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import { AuditList } from "./audit-list.tsx"
import { pageFeed } from "./page-feed.ts"
import { StreamProof } from "./stream-proof.tsx"
import { StreamStatus } from "./stream-status.tsx"
import "./audit.css"

/** What happens to the accounts, as it happens. */
export function AuditPage() {
  const snapshot = useSyncExternalStore(pageFeed.subscribe, pageFeed.getSnapshot)
  useEffect(() => {
    pageFeed.start()
    return pageFeed.stop
  }, [])

  const { state, isPaused } = snapshot
  const error = state.kind === "open" ? null : state.error
  const hasGivenUp = state.kind === "closed" && error !== null
  return (
    <>
      <PageHead
        title="Audit log"
        about="One server stream, message by message. Cut it, or stop reading: nothing is lost and nothing comes twice."
      >
        <Button
          icon={isPaused ? "play" : "pause"}
          className="audit-pause"
          onClick={isPaused ? pageFeed.resume : pageFeed.pause}
        >
          {isPaused ? "Resume" : "Pause"}
        </Button>
      </PageHead>
      <StreamStatus snapshot={snapshot} />
      <StreamProof snapshot={snapshot} />
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
