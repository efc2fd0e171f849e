import type { DatabaseSync } from "node:sqlite"

import { AuditAction } from "@causeway/proto/api/v1/audit_pb"
import { describe, expect, it, onTestFinished } from "vitest"

import { type AuditEntry, AuditLog, EventsGone } from "./audit-log.ts"
import { openDatabase } from "./database.ts"
import { createDataDir } from "./start-test-server.ts"

const entry: AuditEntry = {
  timeMs: 1_700_000_000_000,
  action: AuditAction.USER_UPDATED,
  actor: "console",
  userId: "usr_1",
  userDisplayName: "Nia Doe",
  changes: [["team", "", "Ops"]],
}

async function openEmptyDatabase(): Promise<DatabaseSync> {
  const db = openDatabase(await createDataDir(), () => {})
  onTestFinished(() => db.close())
  return db
}

describe("the audit log", () => {
  it("numbers events from 1 and gives back what was written", async () => {
    const log = new AuditLog(await openEmptyDatabase())
    expect(log.bounds()).toEqual({ oldest: 1, newest: 0 })
    expect([...log.read(0, 0)]).toEqual([])
    log.append(entry)
    log.append({ ...entry, changes: [] })
    expect(log.bounds()).toEqual({ oldest: 1, newest: 2 })
    expect([...log.read(0, 2)]).toEqual([
      { ...entry, sequence: 1 },
      { ...entry, changes: [], sequence: 2 },
    ])
  })

  it("reads ranges of more than one batch, without what was written after they began", async () => {
    const log = new AuditLog(await openEmptyDatabase())
    for (let i = 0; i < 250; i++) log.append(entry)
    const range = log.read(5, 250)
    const first = range.next().value?.sequence
    log.append(entry)
    expect([first, ...Array.from(range, ({ sequence }) => sequence)]).toEqual(
      Array.from({ length: 245 }, (_, index) => index + 6),
    )
  })

  it("keeps the newest events, and says so when a reader wants those before", async () => {
    const log = new AuditLog(await openEmptyDatabase(), 10)
    for (let i = 0; i < 25; i++) log.append(entry)
    expect(log.bounds()).toEqual({ oldest: 16, newest: 25 })
    expect([...log.read(15, 25)]).toHaveLength(10)
    expect(() => [...log.read(14, 25)]).toThrow(EventsGone)
  })

  it("says so when events go while a slow reader is among them", async () => {
    const log = new AuditLog(await openEmptyDatabase(), 150)
    for (let i = 0; i < 150; i++) log.append(entry)
    const range = log.read(0, 150)
    range.next()
    for (let i = 0; i < 150; i++) log.append(entry)
    expect(() => [...range]).toThrow(EventsGone)
  })

  it("has the same id when it is opened again, and another in another database", async () => {
    const db = await openEmptyDatabase()
    expect(new AuditLog(db).id).toBe(new AuditLog(db).id)
    expect(new AuditLog(await openEmptyDatabase()).id).not.toBe(new AuditLog(db).id)
  })
})
