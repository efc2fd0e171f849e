import { create } from "@bufbuild/protobuf"
import { GetUserRequestSchema } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it } from "vitest"

import { callForTest as call } from "./call-for-test.ts"
import { createCallLog } from "./call-log.ts"

const message = { schema: GetUserRequestSchema, value: create(GetUserRequestSchema), atMs: 0 }

const ids = (log: ReturnType<typeof createCallLog>) => log.store.get().calls.map(({ id }) => id)

describe("createCallLog", () => {
  it("forgets the oldest calls above its limit, and still counts them", () => {
    const log = createCallLog({ calls: 3, messages: 5, bytes: 1_000 })
    for (let index = 0; index < 5; index += 1) log.add(call())
    expect(ids(log)).toEqual([5, 4, 3])
    expect(log.store.get().count).toBe(5)
  })

  it("forgets the oldest calls when the messages of those after them are too large", () => {
    const log = createCallLog({ calls: 100, messages: 5, bytes: 1_000 })
    const large = call({ responseBytes: 400, responses: [message], responseCount: 1 })
    for (let index = 0; index < 4; index += 1) log.add(large)
    expect(ids(log)).toEqual([4, 3])
  })

  it("weighs of a long stream only the messages that are still there", () => {
    const log = createCallLog({ calls: 100, messages: 5, bytes: 1_000 })
    log.add(call({ responseBytes: 1_000_000, responses: [message], responseCount: 10_000 }))
    log.add(call())
    expect(ids(log)).toEqual([2, 1])
  })

  it("keeps calls that are open, and the last messages of each", () => {
    const log = createCallLog({ calls: 2, messages: 3, bytes: 1_000 })
    const open = log.add(call({ phase: { kind: "streaming" } }))
    for (let index = 0; index < 4; index += 1) log.add(call())
    for (let atMs = 1; atMs <= 5; atMs += 1) log.addMessage(open, "response", { ...message, atMs })
    const { responses, responseCount } = log.store.get().calls.find(({ id }) => id === open) ?? call()
    expect(responses.map(({ atMs }) => atMs)).toEqual([3, 4, 5])
    expect(responseCount).toBe(5)
  })

  it("forgets at once what has ended when it is cleared", () => {
    const log = createCallLog()
    log.add(call())
    const open = log.add(call({ phase: { kind: "running" } }))
    log.clear()
    expect(ids(log)).toEqual([open])
  })

  it("changes nothing of a call that is forgotten", () => {
    const log = createCallLog({ calls: 1, messages: 1, bytes: 1_000 })
    log.add(call())
    log.add(call())
    const before = log.store.get()
    log.change(1, () => ({ attempts: 9 }))
    expect(log.store.get()).toBe(before)
  })
})
