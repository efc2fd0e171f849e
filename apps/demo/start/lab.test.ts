import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { createCanary } from "./canary.ts"
import type { FaultRelay } from "./fault-relay.ts"
import { createLab, type Lab } from "./lab.ts"
import { createPartSwitch, type PartSwitch } from "./part-switch.ts"

let log: string[]
let bridge: PartSwitch
let service: PartSwitch
let v2: PartSwitch
let failure: Error | null
let lab: Lab

beforeEach(async () => {
  vi.useFakeTimers()
  log = []
  failure = null
  bridge = partOf("bridge")
  service = partOf("service")
  v2 = partOf("v2")
  const configFile = { path: () => "bridge.yaml", text: () => "the file", write: async () => {} }
  const addresses = () => ({ v1: "http://127.0.0.1:3", v2: "http://127.0.0.1:4" })
  lab = createLab({
    bridge,
    service,
    v2,
    canary: createCanary({ v2, addresses, configFile }),
    pageLine: () => relay("page line"),
    serviceLine: () => relay("service line"),
    urls: () => ({ pageLineUrl: "http://127.0.0.1:1", strangerOrigin: "http://127.0.0.1:2" }),
    say: (line) => log.push(line),
  })
  await Promise.all([bridge.start(), service.start()])
  log.length = 0
})
afterEach(() => {
  lab.close()
  vi.useRealTimers()
})

function partOf(name: string): PartSwitch {
  const { promise: ended } = Promise.withResolvers<string>()
  return createPartSwitch(
    async () => {
      await Promise.resolve()
      if (failure !== null) throw failure
      log.push(`${name} starts`)
      return { ended, stop: async () => void log.push(`${name} stops`) }
    },
    () => {},
  )
}

function relay(name: string): FaultRelay {
  return {
    port: 1,
    connectionCount: 0,
    reset: () => void log.push(`${name} resets`),
    cutAfter: () => void log.push(`${name} will cut`),
    disarm: () => void log.push(`${name} is whole`),
    close: async () => {},
  }
}

describe("the lab", () => {
  it("has nothing broken at first", () => {
    expect(lab.state()).toMatchObject({
      faults: [],
      restoreInMs: null,
      bridge: { kind: "up" },
      service: { kind: "up" },
    })
    expect(lab.delayMs()).toBe(0)
  })

  it("breaks what lasts, and repairs it when asked", async () => {
    await lab.act("service-stopped")
    await lab.act("service-slow")
    expect(lab.state()).toMatchObject({
      faults: ["service-stopped", "service-slow"],
      restoreInMs: 30_000,
      service: { kind: "down", why: "it was stopped on the Faults page" },
    })
    expect(lab.delayMs()).toBeGreaterThan(0)
    await lab.act("repair-service-slow")
    expect(lab.state()).toMatchObject({ faults: ["service-stopped"], restoreInMs: 30_000 })
    await lab.act("repair-service-stopped")
    expect(lab.state()).toMatchObject({ faults: [], restoreInMs: null, service: { kind: "up" } })
    expect([lab.delayMs(), vi.getTimerCount()]).toEqual([0, 0])
  })

  it("restores everything, the lines too", async () => {
    await lab.act("bridge-stopped")
    await lab.act("cut-page-line")
    await lab.act("restore")
    expect(log).toEqual([
      "bridge stops",
      "page line will cut",
      "page line is whole",
      "service line is whole",
      "bridge starts",
    ])
    expect(lab.state()).toMatchObject({ faults: [], bridge: { kind: "up" } })
  })

  it("repairs by itself after thirty seconds, counted from what was broken last", async () => {
    await lab.act("service-stopped")
    await vi.advanceTimersByTimeAsync(20_000)
    await lab.act("bridge-stopped")
    await vi.advanceTimersByTimeAsync(29_999)
    expect(lab.state()).toMatchObject({ faults: ["service-stopped", "bridge-stopped"], restoreInMs: 1 })
    await vi.advanceTimersByTimeAsync(1)
    expect(lab.state()).toMatchObject({ faults: [], bridge: { kind: "up" }, service: { kind: "up" } })
    expect(log).toContain("repairing what was broken in the console: service-stopped, bridge-stopped")
  })

  it("tries again what could not be repaired, and says why it could not", async () => {
    await lab.act("bridge-stopped")
    failure = new Error("port 1 is in use")
    await expect(lab.act("restore")).rejects.toThrow("port 1 is in use")
    expect(lab.state()).toMatchObject({ faults: ["bridge-stopped"], bridge: { kind: "down", why: "port 1 is in use" } })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(log.at(-1)).toContain("port 1 is in use")
    failure = null
    await vi.advanceTimersByTimeAsync(30_000)
    expect(lab.state()).toMatchObject({ faults: [], bridge: { kind: "up" } })
  })

  it("starts a bridge again that ended by itself", async () => {
    lab.noteLostBridge()
    expect(lab.state()).toMatchObject({ faults: ["bridge-stopped"], restoreInMs: 30_000 })
  })

  it("restarts the bridge, and leaves nothing broken", async () => {
    await lab.act("bridge-restart")
    expect(log).toEqual(["bridge stops", "bridge starts"])
    expect(lab.state()).toMatchObject({ faults: [], restoreInMs: null })
  })

  it("shows no fault during a restart", async () => {
    let isRestarting = true
    void lab.act("bridge-restart").finally(() => (isRestarting = false))
    const seen: string[] = []
    while (isRestarting) {
      seen.push(bridge.state.kind)
      expect(lab.state()).toMatchObject({ faults: [], restoreInMs: null })
      await Promise.resolve()
    }
    expect(seen).toEqual(expect.arrayContaining(["stopping", "starting"]))
  })

  it("starts a bridge later that did not come back after a restart", async () => {
    failure = new Error("port 1 is in use")
    await expect(lab.act("bridge-restart")).rejects.toThrow("port 1 is in use")
    expect(lab.state()).toMatchObject({ faults: ["bridge-stopped"], restoreInMs: 30_000 })
    failure = null
    await vi.advanceTimersByTimeAsync(30_000)
    expect(lab.state()).toMatchObject({ faults: [], bridge: { kind: "up" } })
  })

  it("turns a second version on and off, and moves its share", async () => {
    expect(lab.state()).toMatchObject({ canary: { kind: "off" }, configuration: "the file" })
    await lab.act("v2-on")
    await lab.setShare(40)
    expect(lab.state()).toMatchObject({ canary: { kind: "on", server: { kind: "up" }, sharePercent: 40 }, faults: [] })
    await lab.act("v2-off")
    expect(log).toEqual(["v2 starts", "v2 stops"])
    expect(lab.state()).toMatchObject({ canary: { kind: "off" } })
  })

  it("stops the second version, and starts it again by itself", async () => {
    await expect(lab.act("v2-stopped")).rejects.toThrow("turn it on first")
    await lab.act("v2-on")
    await lab.act("v2-stopped")
    const server = { kind: "down", why: "it was stopped on the Bridge page" }
    expect(lab.state()).toMatchObject({ faults: ["v2-stopped"], canary: { kind: "on", server } })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(lab.state()).toMatchObject({ faults: [], canary: { server: { kind: "up" } } })
  })

  it("has nothing to repair once a stopped second version is turned off", async () => {
    await lab.act("v2-on")
    await lab.act("v2-stopped")
    await lab.act("v2-off")
    expect(lab.state()).toMatchObject({ faults: [], restoreInMs: null, canary: { kind: "off" } })
    expect(vi.getTimerCount()).toBe(0)
  })

  it("resets and cuts the lines", async () => {
    for (const action of ["reset-page-line", "reset-service-line", "cut-service-line"] as const) await lab.act(action)
    expect(log).toEqual(["page line resets", "service line resets", "service line will cut"])
  })
})
