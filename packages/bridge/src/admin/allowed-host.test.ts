import { describe, expect, it } from "vitest"
import { hostNameProblem, isAllowedHost } from "./allowed-host.ts"

describe("a Host that may read metrics", () => {
  it.each([
    ...["127.0.0.1:9901", "127.0.0.1", "[::1]:9901", "10.2.3.4:9901", "[fd00::1]:9901"],
    ...["localhost:9901", "LOCALHOST", "a.localhost"],
    ...[
      "bridge:9901",
      "bridge.prod.svc:9901",
      "bridge.prod.svc.cluster.local.:9901",
      "bridge.corp.internal",
      "nas.home.arpa",
    ],
  ])("is a name that no web site can have: %s", (host) => {
    expect(isAllowedHost(host, [])).toBe(true)
  })

  it("may be absent: every browser sends one", () => {
    expect(isAllowedHost(undefined, [])).toBe(true)
  })

  it.each([
    "evil.example:9901",
    "localhost.evil.example",
    "127.0.0.1.evil.example:9901",
    "svc.com",
    "1.2.3.4.5",
    "xlocal.dev",
  ])("is not a name of the public DNS (DNS rebinding): %s", (host) => {
    expect(isAllowedHost(host, [])).toBe(false)
  })

  it.each(["", "a b", "evil.example/localhost", "user@localhost", "localhost:9901:1", "[::1", "::1"])(
    'is well-formed: "%s" is not',
    (host) => {
      expect(isAllowedHost(host, [])).toBe(false)
    },
  )

  it("may be configured, in any case and with any port; * allows every name", () => {
    expect(isAllowedHost("Bridge.Example.com:9901", ["bridge.example.com"])).toBe(true)
    expect(isAllowedHost("other.example.com", ["bridge.example.com"])).toBe(false)
    expect(isAllowedHost("other.example.com", ["*"])).toBe(true)
  })
})

it("a configured name has no scheme, port or blank", () => {
  expect(["*", "bridge.example.com", "bridge"].map(hostNameProblem)).toEqual([null, null, null])
  for (const name of ["", "http://a", "a:9901", "a b", "*.a"])
    expect(hostNameProblem(name)).toContain("is not a host name")
})
