import { beforeEach, describe, expect, it } from "vitest"

import { type Canary, createCanary } from "./canary.ts"
import { createPartSwitch } from "./part-switch.ts"

let log: string[]
let canary: Canary
let refusal: Error | null

beforeEach(() => {
  log = []
  refusal = null
  const { promise: ended } = Promise.withResolvers<string>()
  const start = async () => {
    log.push("v2 starts")
    return { ended, stop: async () => void log.push("v2 stops") }
  }
  const configFile = {
    path: () => "bridge.yaml",
    text: () => log.findLast((line) => line.startsWith("#")) ?? "",
    async write(text: string) {
      if (refusal !== null) throw refusal
      log.push(text)
    },
  }
  const addresses = () => ({ v1: "http://127.0.0.1:1", v2: "http://127.0.0.1:2" })
  canary = createCanary({ v2: createPartSwitch(start, () => {}), addresses, configFile })
})

describe("the canary", () => {
  it("is off at first, and all calls go to the first version", async () => {
    await canary.prepare()
    expect(canary.state()).toEqual({ kind: "off" })
    expect(canary.configuration()).toContain("endpoints: [http://127.0.0.1:1]")
    expect(canary.configuration()).not.toContain("v2")
  })

  it("starts the second version before calls are led to it, and stops it after they are led away", async () => {
    await canary.turnOn()
    expect(canary.state()).toEqual({ kind: "on", server: { kind: "up" }, sharePercent: 10 })
    await canary.turnOff()
    expect(canary.state()).toEqual({ kind: "off" })
    expect(log.map((line) => (line.startsWith("#") ? (line.includes("v2") ? "to both" : "to v1") : line))).toEqual([
      "v2 starts",
      "to both",
      "to v1",
      "v2 stops",
    ])
  })

  it("moves the share, one change after the other", async () => {
    await Promise.all([canary.turnOn(), canary.setShare(20), canary.setShare(70)])
    expect(canary.state()).toMatchObject({ sharePercent: 70 })
    expect(canary.configuration()).toContain("weights: { v1: 30, v2: 70 }")
  })

  it.each([-1, 101, 2.5, NaN])("refuses a share of %s", async (percent) => {
    await canary.turnOn()
    await expect(canary.setShare(percent)).rejects.toThrow(`a whole number from 0 to 100, not ${percent}`)
  })

  it("refuses a share while there is no second version", async () => {
    await expect(canary.setShare(50)).rejects.toThrow("turn it on first")
  })

  it("keeps the share that the bridge uses when the bridge refuses another one", async () => {
    await canary.turnOn()
    refusal = new Error("The bridge refused its new configuration")
    await expect(canary.setShare(50)).rejects.toThrow("refused")
    expect(canary.state()).toMatchObject({ sharePercent: 10 })
  })
})
