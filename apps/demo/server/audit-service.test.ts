import { AuditAction, AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { encodeCursor } from "./audit-cursor.ts"
import { failure, next, startTestServer, violationsOf } from "./start-test-server.ts"
import { importUsers, nextEvent, watch, watchLive } from "./watch-for-test.ts"

const newcomer = { email: "nia.doe@tidewater.example", displayName: "Nia Doe" }

describe("Watch", () => {
  it("sends the backlog, then says so, then each new event", async () => {
    const { client } = await startTestServer()
    const stream = watch(client(AuditService), { backlogSize: 3 })
    const backlog = [await next(stream), await next(stream), await next(stream)]
    expect(backlog.map(({ isBacklog }) => isBacklog)).toEqual([true, true, true])
    const { caughtUp } = await next(stream)
    expect(caughtUp?.cursor).toBe(backlog[2]?.event?.cursor)

    const { user } = await client(UserService).createUser({ user: newcomer })
    const live = await next(stream)
    expect(live.isBacklog).toBe(false)
    expect(live.event).toMatchObject({
      action: AuditAction.USER_CREATED,
      userId: user?.id,
      userDisplayName: "Nia Doe",
      sequence: (backlog[2]?.event?.sequence ?? 0n) + 1n,
    })
  })

  it("begins with 50 events when the request is empty", async () => {
    const { client } = await startTestServer()
    const stream = watch(client(AuditService), {})
    for (let i = 0; i < 50; i++) await nextEvent(stream)
    expect((await next(stream)).caughtUp).toBeDefined()
  })

  it("tells of each kind of change, with the fields that changed", async () => {
    const { client } = await startTestServer()
    const { stream } = await watchLive(client(AuditService))
    const users = client(UserService)
    const id = (await users.createUser({ user: newcomer })).user?.id ?? ""
    const updateMask = { paths: ["team", "role", "display_name"] }
    await users.updateUser({ user: { id, displayName: "Nia Doe", team: "Ops", role: 3 }, updateMask })
    await users.deleteUser({ id })

    expect(await nextEvent(stream)).toMatchObject({ action: AuditAction.USER_CREATED, userId: id, changes: [] })
    expect(await nextEvent(stream)).toMatchObject({
      action: AuditAction.USER_UPDATED,
      changes: [
        { field: "role", oldValue: "USER_ROLE_MEMBER", newValue: "USER_ROLE_ADMIN" },
        { field: "team", oldValue: "", newValue: "Ops" },
      ],
    })
    expect(await nextEvent(stream)).toMatchObject({ action: AuditAction.USER_DELETED, userId: id, changes: [] })
  })

  it("tells nothing of an update that changes nothing, nor of a write that fails", async () => {
    const { client } = await startTestServer()
    const users = client(UserService)
    const id = (await users.createUser({ user: newcomer })).user?.id ?? ""
    const { stream } = await watchLive(client(AuditService))
    await users.updateUser({ user: { id, displayName: "Nia Doe" }, updateMask: { paths: ["display_name"] } })
    await failure(users.createUser({ user: newcomer }))
    await users.deleteUser({ id })
    expect(await nextEvent(stream)).toMatchObject({ action: AuditAction.USER_DELETED })
  })

  it("reaches all watchers at once", async () => {
    const { client } = await startTestServer()
    const live = await Promise.all(Array.from({ length: 20 }, () => watchLive(client(AuditService))))
    await client(UserService).createUser({ user: newcomer })
    const events = await Promise.all(live.map(({ stream }) => nextEvent(stream)))
    expect(new Set(events.map(({ sequence }) => sequence)).size).toBe(1)
  })
})

describe("resuming a Watch", () => {
  it("loses no event and repeats none, however often the stream is cut", async () => {
    const test = await startTestServer()
    const client = test.client(AuditService)
    let { cursor } = await watchLive(client)
    const importing = importUsers(test, 500)
    const sequences: bigint[] = []
    for (let cut = 1; sequences.length < 500; cut++) {
      const abort = new AbortController()
      const stream = watch(client, { cursor }, abort)
      for (let taken = 0; taken < cut && sequences.length < 500;) {
        const { event, caughtUp } = await next(stream)
        cursor = event?.cursor ?? caughtUp?.cursor ?? ""
        if (event === undefined) continue
        sequences.push(event.sequence)
        taken++
      }
      abort.abort()
    }
    await importing
    const [first = 0n] = sequences
    expect(sequences).toEqual(Array.from({ length: 500 }, (_, index) => first + BigInt(index)))
  })

  it("goes on from the end of the backlog when the stream was cut before the first live event", async () => {
    const { client } = await startTestServer()
    const { cursor } = await watchLive(client(AuditService))
    await client(UserService).createUser({ user: newcomer })
    const stream = watch(client(AuditService), { cursor })
    expect(await next(stream)).toMatchObject({ isBacklog: true, event: { action: AuditAction.USER_CREATED } })
    expect((await next(stream)).caughtUp).toBeDefined()
  })

  it.each(["garbage", "Zm9v", "!"])("refuses the unreadable cursor %j", async (cursor) => {
    const { client } = await startTestServer()
    const error = await failure(next(watch(client(AuditService), { cursor })))
    expect(error.code).toBe(Code.InvalidArgument)
    expect(violationsOf(error)).toEqual(["cursor CURSOR"])
  })

  it("answers OUT_OF_RANGE for a cursor of another log or from the future", async () => {
    const { client } = await startTestServer()
    const { cursor } = await watchLive(client(AuditService))
    const [logId = ""] = Buffer.from(cursor, "base64url").toString().split(":")
    for (const place of [
      { logId: "00", sequence: 1 },
      { logId, sequence: 1_000_000 },
    ]) {
      const error = await failure(next(watch(client(AuditService), { cursor: encodeCursor(place) })))
      expect(error.code).toBe(Code.OutOfRange)
      expect(error.rawMessage).toContain("start again without a cursor")
    }
  })
})

describe("GetHead", () => {
  it("gives the number of the newest event", async () => {
    const { client } = await startTestServer()
    const { sequence } = await client(AuditService).getHead({})
    const { user } = await client(UserService).createUser({ user: newcomer })
    await client(UserService).deleteUser({ id: user?.id ?? "" })
    await client(UserService).undeleteUser({ id: user?.id ?? "" })
    expect((await client(AuditService).getHead({})).sequence).toBe(sequence + 3n)
    const stream = watch(client(AuditService), { backlogSize: 1 })
    expect((await nextEvent(stream)).action).toBe(AuditAction.USER_RESTORED)
  })
})
