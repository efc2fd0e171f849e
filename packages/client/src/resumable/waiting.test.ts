import { describe, expect, it } from "vitest"
import { scriptedClients } from "../../test/clients.ts"
import { okTrailer, watchFrame } from "../../test/grpc-web-bytes.ts"
import { outcomeOf } from "../../test/outcome.ts"
import { cut, setUpReading } from "../../test/resumable-setup.ts"
import { auth } from "../auth/auth.ts"
import { settle } from "../testing/held-clock.ts"
import { resumable } from "./resumable.ts"

describe("the wait before an attempt", () => {
  it("grows with each consecutive failure, even if each attempt had connected", async () => {
    const { call, clock, states } = await setUpReading({ maxBackoffMs: 15_000 })
    for (let failure = 1; failure <= 6; failure++) {
      await call().send(String(failure))
      await call().end(cut)
      await clock.advance(60_000)
    }
    const waits = states.filter((state) => state.startsWith("waiting"))
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 7_500, 7_500].map((ms) => `waiting ${ms}`))
  })

  it.each([
    [9_999, "waiting 1000"],
    [10_000, "waiting 500"],
  ])("after a stream that was open for %i ms is that of %s", async (openForMs, expected) => {
    const { call, clock, states } = await setUpReading()
    await call().end(cut)
    await clock.advance(500)
    await call().answer()
    await clock.advance(openForMs)
    await call().end(cut)
    expect(states.at(-1)).toBe(expected)
  })

  it("is short again after a healthy stream that was dropped on purpose, whose end is not a failure", async () => {
    const { call, clock, states, stream } = await setUpReading()
    await call().end(cut)
    await clock.advance(500)
    await call().end(cut)
    await clock.advance(1_000)
    await call().answer()
    await clock.advance(10_000)
    stream.reconnectNow()
    await settle()
    expect(stream.state).toEqual({ kind: "connecting", attempt: 1, error: null })
    await call().end(cut)
    expect(states.at(-1)).toBe("waiting 500")
  })

  it("does not count the time that an attempt took to connect as health", async () => {
    const { call, clock, states } = await setUpReading()
    await call().end(cut)
    await clock.advance(500)
    await clock.advance(60_000)
    await call().end(cut)
    expect(states.at(-1)).toBe("waiting 1000")
  })

  it("shows its cause, also while the next attempt connects", async () => {
    const { call, clock, stream } = await setUpReading()
    await call().end(cut)
    expect(stream.state).toEqual({ kind: "waiting", attempt: 2, untilMs: 500, error: cut })
    await clock.advance(500)
    expect(stream.state).toEqual({ kind: "connecting", attempt: 2, error: cut })
  })

  it("ends at once on reconnectNow", async () => {
    const { call, calls, stream } = await setUpReading()
    await call().end(cut)
    stream.reconnectNow()
    await settle()
    expect(calls).toHaveLength(2)
  })
})

describe("Q25: pages that lost the same bridge", () => {
  it("reconnect at random times within the wait, and within a longer wait each time", async () => {
    const attempts = [1, 2, 3]
    const pages = await Promise.all(
      Array.from({ length: 100 }, (_, page) => setUpReading({ random: () => page / 100 })),
    )
    for (const attempt of attempts) {
      await Promise.all(pages.map(({ call }) => call().end(cut)))
      const waits = pages.map(({ states }) => Number(states.at(-1)?.replace("waiting ", "")))
      const step = (1_000 * 2 ** (attempt - 1)) / 100
      expect(waits).toEqual(Array.from({ length: 100 }, (_, page) => expect.closeTo(page * step, 6)))
      await Promise.all(pages.map(({ clock }) => clock.advance(4_000)))
      await Promise.all(pages.map(({ call }) => call().answer()))
    }
  })
})

describe("Q24: a token that expired while the stream was down", () => {
  it("is requested again by each attempt, because each attempt is a separate call", async () => {
    const tokens = ["first", "second", "third"]
    const { audit, requests } = scriptedClients(
      [
        { body: [watchFrame("a"), new TypeError("network error")] },
        new TypeError("Failed to fetch"),
        { body: [okTrailer] },
      ],
      { interceptors: [auth({ getToken: () => tokens.shift() })] },
    )
    const watch = resumable(audit.watch, { resume: (_message, request) => request, random: () => 0 })
    await outcomeOf(watch({}))
    const sent = requests.map(({ headers }) => headers.get("authorization"))
    expect(sent).toEqual(["Bearer first", "Bearer second", "Bearer third"])
  })
})
