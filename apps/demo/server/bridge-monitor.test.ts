import { create } from "@bufbuild/protobuf"
import { WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { Bell } from "./bell.ts"
import { BridgeMonitor } from "./bridge-monitor.ts"

const signal = new AbortController().signal
let readings: PromiseWithResolvers<void>[]
let monitor: BridgeMonitor

beforeEach(() => {
  vi.useFakeTimers()
  readings = []
  monitor = new BridgeMonitor(async () => {
    const reading = Promise.withResolvers<void>()
    readings.push(reading)
    await reading.promise
    return create(WatchBridgeResponseSchema)
  })
})
afterEach(() => vi.useRealTimers())

function watch(): Bell {
  const bell = new Bell()
  monitor.watch(bell)
  return bell
}

describe("BridgeMonitor", () => {
  it("reads once a second for all who watch together", async () => {
    const bells = [watch(), watch()]
    expect(readings).toHaveLength(1)
    readings[0]?.resolve()
    await Promise.all(bells.map((bell) => bell.wait(signal)))
    await vi.advanceTimersByTimeAsync(999)
    expect(readings).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(readings).toHaveLength(2)
  })

  it("gives who comes later the last reading at once", async () => {
    const first = watch()
    readings[0]?.resolve()
    await first.wait(signal)
    await watch().wait(signal)
    expect(readings).toHaveLength(1)
  })

  it("stops when nobody watches, and begins anew", async () => {
    const first = watch()
    readings[0]?.resolve()
    await first.wait(signal)
    monitor.unwatch(first)
    await vi.advanceTimersByTimeAsync(10_000)
    expect([readings.length, monitor.latest, vi.getTimerCount()]).toEqual([1, null, 0])
    const second = watch()
    expect(readings).toHaveLength(2)
    readings[1]?.resolve()
    await second.wait(signal)
  })

  it("does not read twice at once for who comes while a reading of nobody is open", async () => {
    monitor.unwatch(watch())
    const second = watch()
    expect(readings).toHaveLength(1)
    readings[0]?.resolve()
    await second.wait(signal)
    expect(monitor.latest).not.toBeNull()
  })
})
