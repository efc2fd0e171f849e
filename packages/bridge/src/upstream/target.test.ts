import { describe, expect, it } from "vitest"
import { upstreamTarget } from "./target.ts"

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
