import { describe, expect, it } from "vitest"
import { connectionLimits } from "./connection-limits.ts"

const settings = { maxConnections: 10_000, maxConnectionsPerAddress: null, maxSessions: 16, trustedProxies: [] }

describe("the limits of connections", () => {
  it("are those of the settings if enough files may be open", () => {
    expect(connectionLimits(settings, 1_048_576)).toMatchObject({
      maxConnections: 10_000,
      maxConnectionsPerAddress: 2_500,
    })
    expect(connectionLimits(settings, Infinity).maxConnections).toBe(10_000)
  })

  it("leave descriptors for the backend's connections and the process's own", () => {
    expect(connectionLimits(settings, 1_024)).toMatchObject({ maxConnections: 928, maxConnectionsPerAddress: 232 })
    expect(connectionLimits(settings, 100).maxConnections).toBe(50)
    expect(connectionLimits(settings, 1).maxConnections).toBe(1)
  })

  it("do not bind loopback's share, unless that share is set", () => {
    expect(connectionLimits(settings, 1_024).isShared("127.0.0.1")).toBe(true)
    expect(connectionLimits(settings, 1_024).isShared("192.0.2.1")).toBe(false)
    const set = connectionLimits({ ...settings, maxConnectionsPerAddress: 7 }, 1_024)
    expect(set.maxConnectionsPerAddress).toBe(7)
    expect(set.isShared("127.0.0.1")).toBe(false)
  })

  it("do not bind a trusted proxy's share", () => {
    const set = { ...settings, maxConnectionsPerAddress: 7, trustedProxies: ["10.1.0.0/16"] }
    const { isShared } = connectionLimits(set, 1_024)
    expect([isShared("10.1.2.3"), isShared("::ffff:10.1.2.3"), isShared("10.2.0.1")]).toEqual([true, true, false])
  })
})
