import { describe, expect, it } from "vitest"
import { setUp, setUpStream } from "../../test/page-setup.ts"

describe("Q23: a machine that slept", () => {
  it("is told by the time of day, which went on without the other clock", async () => {
    const { clock, sleep, events, listen } = setUp()
    listen()
    await clock.advance(60_000)
    expect(events).toEqual([])
    sleep(600_000)
    await clock.advance(5_000)
    expect(events).toEqual(["slept"])
    await clock.advance(60_000)
    expect(events).toEqual(["slept"])
  })

  it("is not told by a clock that was put right", async () => {
    const { clock, sleep, events, listen } = setUp()
    listen()
    sleep(9_999)
    await clock.advance(5_000)
    sleep(-3_600_000)
    await clock.advance(5_000)
    expect(events).toEqual([])
  })

  it("is noticed at once when it wakes with a visible page", () => {
    const { show, sleep, events, listen } = setUp()
    listen()
    show("hidden")
    sleep(600_000)
    show("visible")
    expect(events).toEqual(["slept"])
  })

  it("matters to nobody who did not listen then", async () => {
    const { clock, sleep, events, listen } = setUp()
    sleep(600_000)
    const unsubscribe = listen()
    await clock.advance(5_000)
    unsubscribe()
    sleep(600_000)
    await clock.advance(5_000)
    listen()
    await clock.advance(5_000)
    expect(events).toEqual([])
  })

  it("drops the stream that was open and resumes it at once, after the last message", async () => {
    const { calls, call, clock, sleep, received } = await setUpStream()
    await call().send("1")
    sleep(600_000)
    await clock.advance(5_000)
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false])
    await call().send("2")
    expect(calls[1].request.after).toBe("1")
    expect(received).toEqual(["1", "2"])
  })
})
