import { describe, expect, it } from "vitest"
import { drainDelayMsOf } from "./drain-delay.ts"
import { parseConfig } from "./check.ts"
import { settings } from "./settings.ts"

const upstream = "http://127.0.0.1:1"

describe("how long new calls are accepted after readiness has ended", () => {
  it.each(["0.0.0.0:9901", "[::]:9901", "10.1.2.3:9901", "bridge:9901"])("is 5 s where others can ask: %s", (admin) => {
    expect(drainDelayMsOf(parseConfig({ upstream, admin }))).toBe(5_000)
  })

  it.each(["127.0.0.1:9901", "[::1]:9901", "localhost:9901", null])("is nothing where no one can: %s", (admin) => {
    expect(drainDelayMsOf(parseConfig({ upstream, admin }))).toBe(0)
  })

  it("equals the setting", () => {
    expect(drainDelayMsOf(parseConfig({ upstream, drainDelayMs: 7 }))).toBe(7)
    expect(drainDelayMsOf(parseConfig({ upstream, admin: "0.0.0.0:1", drainDelayMs: 0 }))).toBe(0)
  })
})

it("delay, grace and the time for reading a status end together two seconds before Kubernetes kills the process", () => {
  const statusReadMs = 250
  expect(
    drainDelayMsOf({ admin: "0.0.0.0:9901", drainDelayMs: null }) + (settings.graceMs.fallback ?? 0) + statusReadMs,
  ).toBeLessThan(28_000)
})
