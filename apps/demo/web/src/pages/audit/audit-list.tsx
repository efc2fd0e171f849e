import { useWindowVirtualizer } from "@tanstack/react-virtual"
import { useEffect, useLayoutEffect, useRef, useState } from "react"

import { EmptyState } from "../../ui/empty-state.tsx"
import type { AuditEntry, AuditSnapshot } from "./audit-feed.ts"
import { AuditRow } from "./audit-row.tsx"

const skeletonRows = Array.from({ length: 12 }, (_, index) => index)

/** The events in hand, the newest first. Only those in sight are in the page. */
export function AuditList({ snapshot }: { readonly snapshot: AuditSnapshot }) {
  const { entries, state, isLive } = snapshot
  if (entries.length > 0) return <EventList entries={entries} />
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

function EventList({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const list = useRef<HTMLOListElement>(null)
  const rowHeight = useRowHeight()
  const [topPx, setTopPx] = useState(0)
  useLayoutEffect(() => setTopPx((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [])
  const virtualizer = useWindowVirtualizer({
    count: entries.length,
    estimateSize: () => rowHeight,
    getItemKey: (index) => entries[index]?.id ?? index,
    scrollMargin: topPx,
    overscan: 8,
  })
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight])
  useStillWhileReading(entries, topPx, rowHeight)
  return (
    <ol ref={list} className="events" aria-label="Events" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const entry = entries[index]
        if (entry === undefined) return null
        const place = {
          "aria-setsize": entries.length,
          "aria-posinset": index + 1,
          style: { transform: `translateY(${start - topPx}px)` },
        }
        return entry.kind === "event" ? (
          <AuditRow key={key} event={entry.event} isNew={!entry.isBacklog} place={place} />
        ) : (
          <li key={key} className="event event-gap" {...place}>
            What happened between here and the lines above is no longer kept.
          </li>
        )
      })}
    </ol>
  )
}

/** Rows are all of one height, which audit.css decides: it depends on the width of the page and on the size of its text. */
function useRowHeight(): number {
  const [height, setHeight] = useState(readRowHeight)
  useEffect(() => {
    const read = () => setHeight(readRowHeight())
    window.addEventListener("resize", read)
    return () => window.removeEventListener("resize", read)
  }, [])
  return height
}

function readRowHeight(): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  return rem * (window.innerWidth < 640 ? 4.25 : 2.75)
}

/** Keeps the scroll position: new rows above the visible line move the page by their height. */
function useStillWhileReading(entries: readonly AuditEntry[], topPx: number, rowHeight: number): void {
  const newest = useRef(entries[0]?.id)
  useLayoutEffect(() => {
    const added = entries.findIndex(({ id }) => id === newest.current)
    newest.current = entries[0]?.id
    if (added > 0 && window.scrollY > topPx) window.scrollBy(0, added * rowHeight)
  }, [entries, topPx, rowHeight])
}
