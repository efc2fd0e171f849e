import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Routed, Timed } from "../core/call.ts"
import type { RouteTimeLimits } from "../core/route.ts"
import type { BridgeError } from "../core/errors.ts"
import { enforceDeadline } from "./enforce-deadline.ts"

/** A call that begins now, with this timeout. */
function scene(timeoutMs: number, timeouts: Partial<RouteTimeLimits> = {}) {
  const now = performance.now()
  const failures: BridgeError[] = []
  const crashes: unknown[] = []
  const undo: (() => void)[] = []
  const call = {
    clientDeadline: now + timeoutMs,
    route: { timeouts: { maxMs: null, defaultMs: null, ...timeouts } },
    record: { startedAt: now },
    fail: (error: BridgeError) => void failures.push(error),
    crashed: (...told: unknown[]) => void crashes.push(told),
    onEnd: (fn: () => void) => void undo.push(fn),
  }
  const seen: Timed[] = []
  const handler = enforceDeadline((timed) => {
    seen.push(timed)
    return new Promise(() => {})
  })
  const run = (): void => void handler(call as unknown as Routed)
  return { call, failures, crashes, seen, run, end: () => undo.forEach((fn) => fn()) }
}

describe("enforceDeadline", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("fails the call at its deadline, not before, and once", () => {
    const { failures, run, seen, call } = scene(200)
    run()
    expect(seen[0].deadline).toBe(call.clientDeadline)
    vi.advanceTimersByTime(198)
    expect(failures).toEqual([])
    vi.advanceTimersByTime(2)
    expect(failures).toEqual([expect.objectContaining({ reason: "deadline-exceeded", code: 4 })])
    expect(failures[0].message).toContain("200 ms")
    vi.advanceTimersByTime(10_000)
    expect(failures).toHaveLength(1)
  })

  it.each([
    ["the client's deadline", 200, {}, 200, 200],
    ["the client's, before the maximum", 200, { maxMs: 500, defaultMs: 100 }, 200, 200],
    ["the maximum, before the client's", 500, { maxMs: 200 }, 200, 500],
    ["the maximum, without a deadline", Infinity, { maxMs: 200 }, 200, Infinity],
    ["the route's default", Infinity, { defaultMs: 200 }, 200, 200],
    ["the maximum, before the default", Infinity, { maxMs: 200, defaultMs: 300 }, 200, 300],
  ])(
    "ends the call at %s, and tells the backend the deadline without the maximum",
    (_, timeoutMs, timeouts, end, told) => {
      const { failures, run, seen, call } = scene(timeoutMs, timeouts)
      run()
      expect(seen[0].deadline).toBe(call.record.startedAt + told)
      vi.advanceTimersByTime(end - 2)
      expect(failures).toEqual([])
      vi.advanceTimersByTime(2)
      expect(failures).toHaveLength(1)
      expect(failures[0].message).toContain(`, ${end} ms,`)
    },
  )

  it.each([0, -1])("refuses at once what is late on arrival: %i ms", (timeoutMs) => {
    const { run, seen } = scene(timeoutMs)
    expect(run).toThrow(expect.objectContaining({ reason: "deadline-exceeded" }))
    expect(seen).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it("owns no timer for a call without a deadline, nor after the end of a call", () => {
    scene(Infinity).run()
    expect(vi.getTimerCount()).toBe(0)
    const { run, end } = scene(1_000)
    run()
    expect(vi.getTimerCount()).toBe(1)
    end()
    expect(vi.getTimerCount()).toBe(0)
  })

  it("supports a deadline beyond the range of setTimeout", () => {
    const days = 86_400_000
    const { failures, run, end } = scene(60 * days)
    run()
    vi.advanceTimersByTime(59 * days)
    expect(failures).toEqual([])
    vi.advanceTimersByTime(days)
    expect(failures).toHaveLength(1)
    end()
  })

  it("waits again when the timer fires early", () => {
    const { failures, run } = scene(200)
    const clock = vi.spyOn(performance, "now")
    run()
    const early = performance.now() + 195
    clock.mockImplementation(() => early)
    vi.advanceTimersByTime(200)
    expect(failures).toEqual([])
    clock.mockRestore()
    vi.advanceTimersByTime(5)
    expect(failures).toHaveLength(1)
  })

  it("passes on an error thrown in its timer, which nothing else would catch", () => {
    const { call, crashes, run } = scene(200)
    const defect = new Error("injected")
    call.fail = () => {
      throw defect
    }
    run()
    vi.advanceTimersByTime(200)
    expect(crashes).toEqual([["deadline", defect]])
  })
})
