import { describe, expect, it } from "vitest"
import { endpointTarget, upstreamTarget, usualTls } from "./target.ts"

describe("upstreamTarget", () => {
  it.each([
    ["http://127.0.0.1:50051", { host: "127.0.0.1", port: 50051, isTls: false, authority: "127.0.0.1:50051" }],
    ["http://users.internal", { host: "users.internal", port: 80, authority: "users.internal:80" }],
    ["https://users.internal", { host: "users.internal", port: 443, isTls: true, name: "https://users.internal:443" }],
    ["http://[::1]:9000", { host: "::1", port: 9000, authority: "[::1]:9000", name: "http://[::1]:9000" }],
  ])("reads %s", (url, expected) => {
    expect(upstreamTarget(url)).toMatchObject(expected)
  })
})

describe("endpointTarget", () => {
  const endpoint = { weight: 1, zone: null, priority: 0, path: null }

  it.each([
    [{ key: "10.0.0.1:1", host: "10.0.0.1", port: 1, authority: "users.test:1" }, "10.0.0.1:1", "users.test"],
    [{ key: "[::1]:1", host: "::1", port: 1, authority: "[::1]:1" }, "[::1]:1", "::1"],
  ])("connects to the address, with the authority and the certificate of the configured name: %j", (part, at, host) => {
    const target = endpointTarget({ ...endpoint, ...part }, usualTls, null)
    const { authority, port } = part
    expect(target).toMatchObject({ name: `https://${at}`, host: part.host, port, authority, configuredHost: host })
    expect(endpointTarget({ ...endpoint, ...part }, null, "other.test")).toMatchObject({
      name: `http://${at}`,
      authority: "other.test",
      configuredHost: host,
      isTls: false,
    })
  })

  it("connects to a Unix socket", () => {
    const unix = { ...endpoint, key: "unix:/s", host: "localhost", port: 0, path: "/s", authority: "localhost" }
    expect(endpointTarget(unix, null, null)).toMatchObject({ name: "unix:/s", path: "/s", configuredHost: "localhost" })
  })
})
