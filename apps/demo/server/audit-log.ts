import type { DatabaseSync, StatementSync } from "node:sqlite"

import type { AuditAction } from "@causeway/proto/api/v1/audit_pb"

import type { Bell } from "./bell.ts"

/** The data of an event to write. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly timeMs: number
  readonly action: AuditAction
  readonly actor: string
  readonly userId: string
  readonly userDisplayName: string
  readonly changes: readonly AuditChange[]
}

/** A field's name in the API, and its value before and after as text. */
export type AuditChange = readonly [field: string, oldValue: string, newValue: string]

/** An event in the log. */
export interface LoggedEvent extends AuditEntry {
  /** The number of the event, beginning with 1. The log has no gaps. */
  readonly sequence: number
}

/** Thrown when events that a reader has not read yet were deleted. */
export class EventsGone extends Error {
  override readonly name = "EventsGone"
}

const BATCH_SIZE = 100

/** The audit log, on disk. It keeps the newest events and notifies its watchers of new ones. */
export class AuditLog {
  /** The id of the log. Another database has another id. */
  readonly id: string
  readonly #watchers = new Set<Bell>()
  readonly #append: StatementSync
  readonly #prune: StatementSync
  readonly #bounds: StatementSync
  readonly #range: StatementSync
  readonly #keepCount: number

  /** Keeps the newest `keepCount` events. The default is five and a half hours of one event every two seconds. */
  constructor(db: DatabaseSync, keepCount = 10_000) {
    this.#keepCount = keepCount
    this.id = String(db.prepare("SELECT id FROM audit_log").get()?.["id"])
    this.#append = db.prepare(
      `INSERT INTO audit_event (time_ms, action, actor, user_id, user_display_name, changes)
       VALUES (:timeMs, :action, :actor, :userId, :userDisplayName, :changes)`,
    )
    this.#prune = db.prepare("DELETE FROM audit_event WHERE sequence <= ?")
    this.#bounds = db.prepare(
      "SELECT coalesce(min(sequence), 1) AS oldest, coalesce(max(sequence), 0) AS newest FROM audit_event",
    )
    this.#range = db.prepare(
      `SELECT sequence, time_ms AS timeMs, action, actor, user_id AS userId, user_display_name AS userDisplayName, changes
       FROM audit_event WHERE sequence > :after AND sequence <= :last ORDER BY sequence LIMIT ${BATCH_SIZE}`,
    )
  }

  /**
   * Writes one event. Call it in the transaction of the change that it describes, and call `announce` after the commit.
   */
  append(entry: AuditEntry): void {
    const { lastInsertRowid } = this.#append.run({ ...entry, changes: JSON.stringify(entry.changes) })
    this.#prune.run(Number(lastInsertRowid) - this.#keepCount)
  }

  /** Rings the bell of every watcher. */
  announce(): void {
    for (const bell of this.#watchers) bell.ring()
  }

  /** The numbers of the oldest and the newest event; 1 and 0 if the log is empty. */
  bounds(): { oldest: number; newest: number } {
    const row = this.#bounds.get()
    return { oldest: Number(row?.["oldest"]), newest: Number(row?.["newest"]) }
  }

  /**
   * The events after `after` up to and including `last`, oldest first. They are read in small batches on demand, so
   * that a slow reader holds at most one batch in memory.
   *
   * @throws EventsGone when the next event was deleted.
   */
  *read(after: number, last: number): Generator<LoggedEvent> {
    let read = after
    while (read < last) {
      const rows = this.#range.all({ after: read, last }) as unknown as (LoggedEvent & { changes: string })[]
      if (rows[0]?.sequence !== read + 1) throw new EventsGone(`event ${read + 1} is no longer kept`)
      for (const row of rows) {
        yield { ...row, changes: JSON.parse(row.changes) as AuditChange[] }
        read = row.sequence
      }
    }
  }

  /** The number of watchers. */
  get watcherCount(): number {
    return this.#watchers.size
  }

  /** Rings `bell` after each write, until `unwatch` is called with it. */
  watch(bell: Bell): void {
    this.#watchers.add(bell)
  }

  unwatch(bell: Bell): void {
    this.#watchers.delete(bell)
  }
}
