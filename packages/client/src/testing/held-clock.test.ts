import { describe, expect, it } from "vitest"
import { createHeldClock } from "./held-clock.ts"

/** A clock, and a log of the waits that ended on it. */
function setUp() {
  const clock = createHeldClock()
  const ended: string[] = []
  const wait = async (name: string, ms: number, signal = new AbortController().signal): Promise<void> => {
    await clock.wait(ms, signal)
    ended.push(`${name} at ${clock.nowMs()}`)
  }
  return { clock, ended, wait }
}

describe("a held clock", () => {
  it("ends waits at their times and in that order, whatever the order of their beginnings", async () => {
    const { clock, ended, wait } = setUp()
    for (const ms of [300, 100, 200]) void wait("wait", ms)
    await clock.advance(1_000)
    expect(ended).toEqual(["wait at 100", "wait at 200", "wait at 300"])
    expect(clock.nowMs()).toBe(1_000)
  })

  it("ends waits with one end time in the order in which they began", async () => {
    const { clock, ended, wait } = setUp()
    void wait("first", 200)
    await clock.advance(100)
    void wait("second", 100)
    void wait("third", 100)
    await clock.advance(100)
    expect(ended).toEqual(["first at 200", "second at 200", "third at 200"])
  })

  it("starts a following wait at the end time of the previous one", async () => {
    const { clock, ended, wait } = setUp()
    void wait("first", 100).then(() => wait("second", 50).then(() => wait("third", 100)))
    await clock.advance(200)
    expect(ended).toEqual(["first at 100", "second at 150"])
    await clock.advance(50)
    expect(ended.at(-1)).toBe("third at 250")
  })

  it("ends a wait no earlier than at its time, and an infinite wait never", async () => {
    const { clock, ended, wait } = setUp()
    void wait("endless", Infinity)
    void wait("past", -100)
    await clock.advance(0)
    expect(ended.splice(0)).toEqual(["past at 0"])
    void wait("wait", 100)
    await clock.advance(99)
    expect(ended).toEqual([])
    await clock.advance(1)
    expect(ended).toEqual(["wait at 100"])
    await clock.advance(1e12)
    expect(ended).toHaveLength(1)
  })

  it("ends a wait once when its signal aborts, and at once if it has aborted", async () => {
    const { clock, ended, wait } = setUp()
    const controller = new AbortController()
    void wait("aborted", 100, controller.signal)
    controller.abort()
    void wait("late", 100, controller.signal)
    await clock.advance(0)
    expect(ended).toEqual(["aborted at 0", "late at 0"])
    await clock.advance(100)
    expect(ended).toHaveLength(2)
  })
})
