import { describe, expect, it } from "vitest"
import { setUp, setUpStream } from "../../test/page-setup.ts"

describe("Q23: a machine that slept", () => {
  it("is detected by the wall clock, which advanced while the other clock did not", async () => {
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

  it("is not detected after a small clock adjustment", async () => {
    const { clock, sleep, events, listen } = setUp()
    listen()
    sleep(9_999)
    await clock.advance(5_000)
    sleep(-3_600_000)
    await clock.advance(5_000)
    expect(events).toEqual([])
  })

  it("is detected at once when the page becomes visible", () => {
    const { show, sleep, events, listen } = setUp()
    listen()
    show("hidden")
    sleep(600_000)
    show("visible")
    expect(events).toEqual(["slept"])
  })

  it("is not reported to later subscribers", async () => {
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
