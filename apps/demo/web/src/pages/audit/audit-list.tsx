import { EmptyState } from "../../ui/empty-state.tsx"
import type { AuditSnapshot } from "./audit-feed.ts"
import { AuditRow } from "./audit-row.tsx"

const skeletonRows = Array.from({ length: 12 }, (_, index) => index)

/** The events in hand, the newest first. */
export function AuditList({ snapshot }: { readonly snapshot: AuditSnapshot }) {
  const { entries, state, isLive } = snapshot
  if (entries.length > 0) {
    return (
      <ol className="events" aria-label="Events">
        {entries.map((entry) =>
          entry.kind === "event" ? (
            <AuditRow key={entry.id} event={entry.event} isNew={!entry.isBacklog} />
          ) : (
            <li key={entry.id} className="event-gap">
              What happened between here and the lines above is no longer kept.
            </li>
          ),
        )}
      </ol>
    )
  }
  if (state.kind === "connecting" || (state.kind === "open" && !isLive)) {
    return (
      <ol className="events" aria-hidden="true">
        {skeletonRows.map((row) => (
          <li key={row} className="event">
            <span className="event-icon" />
            <span className="skeleton skeleton-event" />
          </li>
        ))}
      </ol>
    )
  }
  return (
    <EmptyState icon="clock" title="Nothing yet">
      <p>
        {state.kind === "open" ? "Events appear here by themselves." : "Events appear here once the stream is open."}
      </p>
    </EmptyState>
  )
}
