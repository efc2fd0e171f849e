import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { DropWatch } from "./drop-watch.ts"

const kibibyte = 1_024
const mebibyte = 1_024 * kibibyte

let ends: number
let watch: DropWatch

beforeEach(() => {
  vi.useFakeTimers()
  ends = 0
  watch = new DropWatch(32 * mebibyte, () => ends++)
})

afterEach(() => {
  watch.stop()
  vi.useRealTimers()
})

describe("the rest of an upload is dropped", () => {
  it("as long as it arrives: 6 MiB at 640 KB/s take 10 s", () => {
    for (let i = 0; i < 100; i++) {
      vi.advanceTimersByTime(100)
      watch.dropped(64 * kibibyte)
    }
    expect(ends).toBe(0)
  })

  it("until nothing has arrived for 5 s", () => {
    vi.advanceTimersByTime(4_000)
    watch.dropped(1)
    vi.advanceTimersByTime(4_000)
    expect(ends).toBe(0)
    vi.advanceTimersByTime(2_000)
    expect(ends).toBe(1)
  })

  it("up to the limit in bytes; the end is reported once", () => {
    for (let i = 0; i < 31; i++) watch.dropped(mebibyte)
    expect(ends).toBe(0)
    watch.dropped(mebibyte)
    vi.advanceTimersByTime(300_000)
    expect(ends).toBe(1)
  })

  it("for two minutes at most, however slowly it drips", () => {
    for (let second = 0; second < 119; second++) {
      vi.advanceTimersByTime(1_000)
      watch.dropped(1)
    }
    expect(ends).toBe(0)
    vi.advanceTimersByTime(1_000)
    expect(ends).toBe(1)
  })

  it("in a bounded number of pieces, however small", () => {
    for (let i = 0; i < 200_000 && ends === 0; i++) watch.dropped(1)
    expect(ends).toBe(1)
  })

  it("without a further end once the watch is stopped", () => {
    watch.stop()
    vi.advanceTimersByTime(300_000)
    expect(ends).toBe(0)
  })
})
