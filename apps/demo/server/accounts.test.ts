import { AuditAction } from "@causeway/proto/api/v1/audit_pb"
import { UserRole, UserState } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it, onTestFinished, vi } from "vitest"

import { Accounts } from "./accounts.ts"
import { type AuditEntry, AuditLog } from "./audit-log.ts"
import { addBackgroundEvent, startBackgroundEvents } from "./background-events.ts"
import { openDatabase } from "./database.ts"
import { createRandom } from "./random.ts"
import { createDataDir } from "./start-test-server.ts"
import { type StoredUser, UserStore } from "./user-store.ts"

const fields = {
  email: "nia.doe@tidewater.example",
  displayName: "Nia Doe",
  role: UserRole.MEMBER,
  state: UserState.ACTIVE,
  team: "Ops",
}

async function open() {
  const db = openDatabase(await createDataDir(), () => {})
  onTestFinished(() => db.close())
  const users = new UserStore(db)
  const audit = new AuditLog(db)
  let time = 1_700_000_000_000
  const accounts = new Accounts({ db, users, audit, now: () => time++ })
  const create = (): StoredUser => {
    const outcome = accounts.create(fields, "test")
    if (outcome.kind !== "done") throw new Error(outcome.kind)
    return outcome.user
  }
  const lastEvent = (): AuditEntry | undefined => [...audit.read(0, audit.bounds().newest)].at(-1)
  return { db, users, audit, accounts, create, lastEvent }
}

describe("accounts", () => {
  it("undo a write whose event cannot be written", async () => {
    const { db, users, accounts, create } = await open()
    const { id } = create()
    db.exec("CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT raise(ABORT, 'the log is full'); END")
    expect(() => accounts.create({ ...fields, email: "other@tidewater.example" }, "test")).toThrow("the log is full")
    expect(() => accounts.update(id, { team: "Sales" }, "test")).toThrow("the log is full")
    expect(() => accounts.delete(id, "test")).toThrow("the log is full")
    expect(users.count([])).toBe(1)
    expect(users.get(id)?.team).toBe("Ops")
  })

  it("note a sign-in in the log and on the user", async () => {
    const { users, accounts, create, lastEvent } = await open()
    const user = create()
    accounts.signIn(user)
    expect(users.get(user.id)?.lastSeenMs).toBeGreaterThan(user.createMs)
    expect(lastEvent()).toMatchObject({ action: AuditAction.SIGNED_IN, actor: fields.email, userId: user.id })
  })
})

describe("a background event", () => {
  it("lets the active in and the suspended not", async () => {
    const { users, accounts, create, lastEvent } = await open()
    const { id } = create()
    addBackgroundEvent(users, accounts, { ...createRandom(1), below: () => 1 })
    expect(lastEvent()?.action).toBe(AuditAction.SIGNED_IN)
    accounts.update(id, { state: UserState.SUSPENDED }, "test")
    addBackgroundEvent(users, accounts, { ...createRandom(1), below: () => 1 })
    expect(lastEvent()?.action).toBe(AuditAction.SIGN_IN_FAILED)
  })

  it("is none when there is no user", async () => {
    const { users, accounts, audit } = await open()
    addBackgroundEvent(users, accounts, createRandom(1))
    expect(audit.bounds().newest).toBe(0)
  })

  it("that fails is reported, and is the last one", async () => {
    const { db, users, accounts, create } = await open()
    create()
    db.exec("CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT raise(ABORT, 'the log is full'); END")
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const report = vi.fn<(error: unknown) => void>()
    startBackgroundEvents(users, accounts, createRandom(1), report)
    vi.advanceTimersByTime(60_000)
    expect(report).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: "the log is full" }))
    expect(vi.getTimerCount()).toBe(0)
  })
})
