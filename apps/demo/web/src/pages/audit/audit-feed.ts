import type { AuditEvent, WatchResponse } from "@causeway/proto/api/v1/audit_pb"

import { type Follower, follow, type FollowOptions, type StreamState } from "../../api/follow.ts"

/** How many entries the page keeps. The log itself keeps more: this is a window, not an archive. */
export const maxEntries = 300

/** A line of the list: an event, or the place where the service no longer had what came in between. */
export type AuditEntry =
  | { readonly kind: "event"; readonly id: string; readonly event: AuditEvent; readonly isBacklog: boolean }
  | { readonly kind: "gap"; readonly id: string }

/** All that the audit view shows, at one moment. */
export interface AuditSnapshot {
  readonly state: StreamState
  /** The backlog has come: what follows is live. */
  readonly isLive: boolean
  /** The newest first. */
  readonly entries: readonly AuditEntry[]
  /** How many events came since the page was opened, those no longer in the list included. */
  readonly receivedCount: number
  /** How often the stream was cut and picked up again; a pause is no cut. */
  readonly resumeCount: number
}

/** The audit stream, its last events and its state; made for React's `useSyncExternalStore`. */
export interface AuditFeed extends Follower {
  readonly getSnapshot: () => AuditSnapshot
  readonly subscribe: (listener: () => void) => () => void
}

/** What a feed is made of. */
export interface AuditFeedParts extends Pick<
  FollowOptions<WatchResponse>,
  "open" | "cursorAfter" | "clock" | "random"
> {
  /** Runs a function soon. Many events in one turn are one render: the page passes `requestAnimationFrame`. */
  readonly schedule: (work: () => void) => void
}

const empty: AuditSnapshot = {
  state: { kind: "closed", error: null },
  isLive: false,
  entries: [],
  receivedCount: 0,
  resumeCount: 0,
}

/** Makes a feed that is stopped. Started again after a stop it goes on where it was. */
export function createAuditFeed({ schedule, ...stream }: AuditFeedParts): AuditFeed {
  let snapshot = empty
  let isScheduled = false
  let wasCut = false
  const listeners = new Set<() => void>()

  function change(next: AuditSnapshot): void {
    snapshot = next
    if (isScheduled) return
    isScheduled = true
    schedule(() => {
      isScheduled = false
      for (const listener of listeners) listener()
    })
  }

  const follower = follow({
    ...stream,
    onMessage: (message) => change(withMessage(snapshot, message)),
    onState(state) {
      const isResumed = state.kind === "open" && wasCut && snapshot.receivedCount > 0
      change({ ...snapshot, state, isLive: false, resumeCount: snapshot.resumeCount + (isResumed ? 1 : 0) })
      // A stream that was stopped, by Pause or by leaving the view, was not cut: it is closed, not waiting.
      if (state.kind !== "connecting") wasCut = state.kind === "waiting"
    },
    onRestart: () => change(withGap(snapshot)),
  })
  return {
    ...follower,
    getSnapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function withMessage(before: AuditSnapshot, { event, isBacklog, caughtUp }: WatchResponse): AuditSnapshot {
  if (event === undefined) return { ...before, isLive: before.isLive || caughtUp !== undefined }
  const entry: AuditEntry = { kind: "event", id: event.cursor, event, isBacklog }
  const entries = [entry, ...before.entries.slice(0, maxEntries - 1)]
  return { ...before, entries, receivedCount: before.receivedCount + 1 }
}

function withGap(before: AuditSnapshot): AuditSnapshot {
  if (before.entries.length === 0) return before
  const gap: AuditEntry = { kind: "gap", id: `gap-${before.receivedCount}` }
  return { ...before, entries: [gap, ...before.entries.slice(0, maxEntries - 1)] }
}
