import { describe, expect, it } from "vitest"

import { Bell } from "./bell.ts"

describe("a bell", () => {
  it("wakes the one who waits", async () => {
    const bell = new Bell()
    const waiting = bell.wait(new AbortController().signal)
    bell.ring()
    await expect(waiting).resolves.toBeUndefined()
  })

  it("remembers any number of rings as one", async () => {
    const bell = new Bell()
    bell.ring()
    bell.ring()
    await bell.wait(new AbortController().signal)
    const abort = new AbortController()
    const second = bell.wait(abort.signal)
    abort.abort(new Error("still waiting"))
    await expect(second).rejects.toThrow("still waiting")
  })

  it("rejects with the signal's reason, also when that came first", async () => {
    const bell = new Bell()
    bell.ring()
    await expect(bell.wait(AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone")
  })

  it("can be rung and waited for after a wait was aborted", async () => {
    const bell = new Bell()
    const abort = new AbortController()
    const first = bell.wait(abort.signal)
    abort.abort(new Error("gone"))
    await expect(first).rejects.toThrow("gone")
    bell.ring()
    await bell.wait(new AbortController().signal)
  })
})
