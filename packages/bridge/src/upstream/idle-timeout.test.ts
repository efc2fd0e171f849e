import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { IdleTimeout } from "./idle-timeout.ts"

beforeEach(() => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
})

function scene(timeoutMs: number | null) {
  const state = { hasCalls: false, idle: 0 }
  const timeout = new IdleTimeout(
    () => state.hasCalls,
    () => state.idle++,
  )
  timeout.configure(timeoutMs)
  return { state, timeout }
}

describe("an idle timeout", () => {
  it("passes after its time without a call, and says so again while none comes", () => {
    const { state } = scene(1_000)
    vi.advanceTimersByTime(999)
    expect(state.idle).toBe(0)
    vi.advanceTimersByTime(1)
    expect(state.idle).toBe(1)
    vi.advanceTimersByTime(250)
    expect(state.idle).toBe(2)
  })

  it("begins again with each call, however short, and does not pass while one runs", () => {
    const { state, timeout } = scene(1_000)
    vi.advanceTimersByTime(900)
    timeout.called()
    vi.advanceTimersByTime(1_000)
    expect(state.idle).toBe(0)
    state.hasCalls = true
    vi.advanceTimersByTime(10_000)
    expect(state.idle).toBe(0)
    state.hasCalls = false
    vi.advanceTimersByTime(1_250)
    expect(state.idle).toBeGreaterThan(0)
  })

  it("has no timer without a time, and changes with the configuration", () => {
    const { state, timeout } = scene(null)
    expect(vi.getTimerCount()).toBe(0)
    timeout.configure(1_000)
    vi.advanceTimersByTime(1_000)
    expect(state.idle).toBe(1)
    timeout.configure(null)
    expect(vi.getTimerCount()).toBe(0)
  })
})
