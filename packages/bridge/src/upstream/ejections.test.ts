import { Code } from "@causeway/protocol"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Ejections } from "./ejections.ts"
import type { OutlierConfig } from "./upstream-config.ts"

const config: OutlierConfig = {
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionShare: 0.5,
  successRate: null,
  failurePercentage: { thresholdShare: 0.5, enforcementShare: 1, minimumHosts: 2, requestVolume: 10 },
}

describe("ejections", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  function scene(): { ejections: Ejections; told: string[]; calls: (key: string, code: number) => void } {
    const told: string[] = []
    const ejections = new Ejections(
      (key, isEjected) => told.push(`${key} ${isEjected ? "ejected" : "returned"}`),
      () => 0,
    )
    ejections.update(["a", "b", "c"])
    const calls = (key: string, code: number): void => {
      for (let call = 0; call < 10; call++) ejections.attemptEnded(key, code)
    }
    return { ejections, told, calls }
  }

  it("tell of an endpoint that fails at the next sweep, and of its return", () => {
    const { ejections, told, calls } = scene()
    ejections.configure(config)
    calls("a", Code.Unavailable)
    calls("b", 0)
    vi.advanceTimersByTime(9_999)
    expect(told).toEqual([])
    vi.advanceTimersByTime(1)
    expect(told).toEqual(["a ejected"])
    expect(ejections.ejectionOf("a")?.why).toContain("100 % of 10 calls failed")
    vi.advanceTimersByTime(40_000)
    expect(told).toEqual(["a ejected", "a returned"])
    ejections.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    [Code.Unknown, 1],
    [Code.DeadlineExceeded, 1],
    [Code.Internal, 1],
    [Code.Unavailable, 1],
    [Code.DataLoss, 1],
    [Code.NotFound, 0],
    [Code.InvalidArgument, 0],
    [Code.ResourceExhausted, 0],
    [Code.Unimplemented, 0],
    [Code.Canceled, 0],
  ])("with status %d: %d", (code, count) => {
    const { ejections, told, calls } = scene()
    ejections.configure(config)
    calls("a", code)
    calls("b", 0)
    vi.advanceTimersByTime(10_000)
    expect(told).toHaveLength(count)
    ejections.stop()
  })

  it("end when the setting is taken away, and need no timer without it", () => {
    const { ejections, told, calls } = scene()
    expect(vi.getTimerCount()).toBe(0)
    ejections.configure(config)
    calls("a", Code.Unavailable)
    calls("b", 0)
    vi.advanceTimersByTime(10_000)
    ejections.configure(null)
    expect(told).toEqual(["a ejected", "a returned"])
    expect(vi.getTimerCount()).toBe(0)
  })

  it("go on over a change of settings", () => {
    const { ejections, told, calls } = scene()
    ejections.configure(config)
    calls("a", Code.Unavailable)
    calls("b", 0)
    vi.advanceTimersByTime(10_000)
    ejections.configure({ ...config, intervalMs: 5_000 })
    expect(told).toEqual(["a ejected"])
    vi.advanceTimersByTime(35_000)
    expect(told).toEqual(["a ejected", "a returned"])
    ejections.stop()
  })
})
