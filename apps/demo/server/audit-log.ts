import type { DatabaseSync, StatementSync } from "node:sqlite"

import type { AuditAction } from "@causeway/proto/api/v1/audit_pb"

import type { Bell } from "./bell.ts"

/** What is told of an event when it is written. */
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

/** An event as it stands in the log. */
export interface LoggedEvent extends AuditEntry {
  /** 1 for the oldest, and one more for each event after it: the log has no gaps. */
  readonly sequence: number
}

/** Raised when events that a reader has not read yet are no longer kept. */
export class EventsGone extends Error {
  override readonly name = "EventsGone"
}

const BATCH_SIZE = 100

/** The log of what happened, on disk. It keeps the newest events and tells its watchers when there are more. */
export class AuditLog {
  /** Tells this log from that of another database. */
  readonly id: string
  readonly #watchers = new Set<Bell>()
  readonly #append: StatementSync
  readonly #prune: StatementSync
  readonly #bounds: StatementSync
  readonly #range: StatementSync
  readonly #keepCount: number

  /** Keeps the newest `keepCount` events: at one event every two seconds the default is five and a half hours. */
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

  /** Writes one event. Call it in the transaction of what the event tells of, and `announce` when that is committed. */
  append(entry: AuditEntry): void {
    const { lastInsertRowid } = this.#append.run({ ...entry, changes: JSON.stringify(entry.changes) })
    this.#prune.run(Number(lastInsertRowid) - this.#keepCount)
  }

  /** Rings the bell of every watcher. */
  announce(): void {
    for (const bell of this.#watchers) bell.ring()
  }

  /** The numbers of the oldest event kept and of the newest one; 1 and 0 when there has been none. */
  bounds(): { oldest: number; newest: number } {
    const row = this.#bounds.get()
    return { oldest: Number(row?.["oldest"]), newest: Number(row?.["newest"]) }
  }

  /**
   * The events after `after` up to and including `last`, oldest first. They are read in small batches as they are taken,
   * so that a slow reader holds no more than one batch in memory.
   *
   * @throws EventsGone when the next event is no longer kept.
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

  /** How many bells there are to ring. */
  get watcherCount(): number {
    return this.#watchers.size
  }

  /** Has `bell` rung after each write. The caller must hand it to `unwatch` in the end. */
  watch(bell: Bell): void {
    this.#watchers.add(bell)
  }

  unwatch(bell: Bell): void {
    this.#watchers.delete(bell)
  }
}
