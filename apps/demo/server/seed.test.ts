import { UserOrder } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it, onTestFinished } from "vitest"

import { AuditLog } from "./audit-log.ts"
import { openDatabase } from "./database.ts"
import { seed, SEED_USER_COUNT } from "./seed.ts"
import { createDataDir } from "./start-test-server.ts"
import { checkNewUser } from "./user-rules.ts"
import { toMessage, UserStore } from "./user-store.ts"

const nowMs = Date.UTC(2026, 5, 1)

async function seeded() {
  const db = openDatabase(await createDataDir(), (fresh) => seed(fresh, nowMs))
  onTestFinished(() => db.close())
  const users = new UserStore(db)
  const log = new AuditLog(db)
  const everybody = users.page({ words: [], order: UserOrder.EMAIL }, null, 10_000).users
  return { users, everybody, events: [...log.read(0, log.bounds().newest)] }
}

describe("the seed", () => {
  it("is the same each time", async () => {
    const [one, other] = [await seeded(), await seeded()]
    expect(one.everybody).toEqual(other.everybody)
    expect(one.events).toEqual(other.events)
  })

  it("has users who keep the rules, with times in order and none in the future", async () => {
    const { everybody } = await seeded()
    expect(everybody).toHaveLength(SEED_USER_COUNT)
    for (const user of everybody) {
      expect(checkNewUser(toMessage(user))).toMatchObject({ kind: "valid", value: { email: user.email } })
      expect(user.createMs).toBeLessThanOrEqual(user.updateMs)
      expect(user.updateMs).toBeLessThanOrEqual(nowMs)
      expect(user.lastSeenMs ?? user.createMs).toBeGreaterThanOrEqual(user.createMs)
      expect(user.lastSeenMs ?? nowMs).toBeLessThanOrEqual(nowMs)
    }
  })

  it("has events in the order of their times, about users there are", async () => {
    const { events, users } = await seeded()
    expect(events.length).toBeGreaterThan(100)
    const times = events.map(({ timeMs }) => timeMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.at(-1)).toBeLessThan(nowMs)
    for (const { userId, userDisplayName } of events) expect(users.get(userId)?.displayName).toBe(userDisplayName)
  })
})
