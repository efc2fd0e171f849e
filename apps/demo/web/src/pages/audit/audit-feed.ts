import type { AuditEvent, WatchResponse } from "@causeway/proto/api/v1/audit_pb"

import type { AuditRequest, AuditStream, WatchAudit } from "../../api/audit-watch.ts"
import { type SequenceProof, unproven, withSequence } from "./sequence-proof.ts"

/** How many entries the page keeps. The log itself keeps more: this is a window, not an archive. */
export const maxEntries = 5_000

/** A line of the list: an event, or a gap where the service no longer had the events. */
export type AuditEntry =
  | { readonly kind: "event"; readonly id: string; readonly event: AuditEvent; readonly isBacklog: boolean }
  | { readonly kind: "gap"; readonly id: string }

/** The state of the audit page. */
export interface AuditSnapshot {
  readonly state: AuditStream["state"]
  /** The stream is not read: sent events wait on their way, and the others wait in the service's log. */
  readonly isPaused: boolean
  /** The backlog is complete; later events are live. */
  readonly isLive: boolean
  /** The newest first. */
  readonly entries: readonly AuditEntry[]
  /** The number of events since the page was opened, including those no longer in the list. */
  readonly receivedCount: number
  /** How often the stream was cut and picked up again. */
  readonly resumeCount: number
  readonly proof: SequenceProof
}

/** The audit stream, its last events and its state; made for React's `useSyncExternalStore`. All may be called at any time. */
export interface AuditFeed {
  readonly getSnapshot: () => AuditSnapshot
  readonly subscribe: (listener: () => void) => () => void
  /** Goes on after the last event that was read. */
  readonly start: () => void
  /** Cancels the call, and ends a pause. */
  readonly stop: () => void
  readonly pause: () => void
  readonly resume: () => void
  /** Ends a wait at once. */
  readonly retryNow: () => void
}

/** What a feed is made of. */
export interface AuditFeedParts {
  readonly watch: WatchAudit
  /** Runs a function soon, so that many events become one render: the page passes `requestAnimationFrame`. */
  readonly schedule: (work: () => void) => void
}

const empty: AuditSnapshot = {
  state: { kind: "closed", error: null },
  isPaused: false,
  isLive: false,
  entries: [],
  receivedCount: 0,
  resumeCount: 0,
  proof: unproven,
}

/** Makes a feed that is stopped. */
export function createAuditFeed(parts: AuditFeedParts): AuditFeed {
  return new StreamFeed(parts)
}

class StreamFeed implements AuditFeed {
  readonly #parts: AuditFeedParts
  readonly #listeners = new Set<() => void>()
  #snapshot = empty
  #isScheduled = false
  #request: AuditRequest = { backlogSize: 100 }
  #running: { readonly stream: AuditStream; readonly abort: AbortController } | null = null
  /** Resolved while the feed runs; a pause replaces it by a pending promise. */
  #gate = Promise.withResolvers<void>()

  constructor(parts: AuditFeedParts) {
    this.#parts = parts
    this.#gate.resolve()
  }

  readonly getSnapshot = (): AuditSnapshot => this.#snapshot

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly start = (): void => {
    if (this.#running !== null) return
    const abort = new AbortController()
    const stream = this.#parts.watch(this.#request, abort.signal, () => this.#change(withGap(this.#snapshot)))
    this.#running = { stream, abort }
    void this.#read(stream, abort.signal)
  }

  readonly stop = (): void => {
    this.resume()
    this.#running?.abort.abort()
    this.#running = null
    this.#change({ ...this.#snapshot, state: { kind: "closed", error: null }, isLive: false })
  }

  readonly pause = (): void => {
    if (this.#snapshot.isPaused || this.#running === null) return
    this.#gate = Promise.withResolvers()
    this.#change({ ...this.#snapshot, isPaused: true })
  }

  readonly resume = (): void => {
    this.#gate.resolve()
    this.#change({ ...this.#snapshot, isPaused: false })
  }

  readonly retryNow = (): void => {
    this.#running?.stream.reconnectNow()
  }

  async #read(stream: AuditStream, signal: AbortSignal): Promise<void> {
    let wasCut = false
    const unsubscribe = stream.subscribe((state) => {
      if (signal.aborted) return
      wasCut ||= state.kind === "waiting"
      this.#change({ ...this.#snapshot, state, isLive: false })
    })
    this.#change({ ...this.#snapshot, state: stream.state })
    try {
      for await (const message of stream) {
        // Events in transit when the feed was stopped are sent again, after this cursor.
        if (signal.aborted) break
        // A head alone does not count as a resumption: the next failure may follow at once.
        const resumeCount = this.#snapshot.resumeCount + (wasCut ? 1 : 0)
        wasCut = false
        this.#change({ ...withMessage(this.#snapshot, message), resumeCount })
        this.#request = stream.nextRequest
        // In Chromium it is enough not to read: first the browser stops, then the bridge, then the service. Firefox
        // reads on.
        await this.#gate.promise
      }
    } catch {
      // The state says why: the stream is closed with its error.
      if (this.#running?.stream === stream) this.#running = null
    } finally {
      unsubscribe()
    }
  }

  #change(next: AuditSnapshot): void {
    this.#snapshot = next
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#parts.schedule(() => {
      this.#isScheduled = false
      for (const listener of this.#listeners) listener()
    })
  }
}

function withMessage(before: AuditSnapshot, { event, isBacklog, caughtUp }: WatchResponse): AuditSnapshot {
  if (event === undefined) return { ...before, isLive: before.isLive || caughtUp !== undefined }
  const entry: AuditEntry = { kind: "event", id: event.cursor, event, isBacklog }
  const entries = [entry, ...before.entries.slice(0, maxEntries - 1)]
  const proof = withSequence(before.proof, event.sequence)
  return { ...before, entries, proof, receivedCount: before.receivedCount + 1 }
}

function withGap(before: AuditSnapshot): AuditSnapshot {
  if (before.entries.length === 0) return before
  const gap: AuditEntry = { kind: "gap", id: `gap-${before.receivedCount}` }
  const proof = { ...before.proof, expected: null }
  return { ...before, proof, entries: [gap, ...before.entries.slice(0, maxEntries - 1)] }
}
