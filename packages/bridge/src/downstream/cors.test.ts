import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { anyCodeUnit, propertyRuns } from "../../test/support/fuzz-runs.ts"
import { CorsPolicy } from "./cors.ts"
import { localOrigins } from "./origin-patterns.ts"

const policyOf = (patterns: readonly string[]): CorsPolicy => new CorsPolicy(patterns, false)
const allows = (patterns: readonly string[], origin: string): boolean => policyOf(patterns).grant(origin) !== null

function fieldsFor(fields: string[]): Map<string, string> {
  policyOf(["https://app.example"]).grant("https://app.example")?.addFields(fields)
  return new Map(Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i], fields[2 * i + 1]]))
}

describe("CorsPolicy", () => {
  it("allows an origin that is listed, and nothing that only looks like it", () => {
    const patterns = ["https://app.example"]
    expect(allows(patterns, "https://app.example")).toBe(true)
    for (const other of [
      ...["http://app.example", "https://app.example:8443", "https://app.example.evil.net", "https://evil-app.example"],
      ...["https://app.example/", "https://APP.example", "https://appXexample", "https://a.app.example", "null", ""],
    ]) {
      expect(allows(patterns, other), other).toBe(false)
    }
  })

  it("allows subdomains at any depth for a pattern with *., and not the domain itself", () => {
    const patterns = ["https://*.app.example"]
    expect(allows(patterns, "https://a.app.example")).toBe(true)
    expect(allows(patterns, "https://a.b-1.app.example")).toBe(true)
    for (const other of [
      ...["https://app.example", "https://.app.example", "https://aapp.example", "https://a.appXexample"],
      ...[
        "http://a.app.example",
        "https://a.app.example.evil.net",
        "https://a.app.example:444",
        "https://evil/.app.example",
      ],
      ...["https://evil.net#.app.example", "https://a.app.example\n", "https://a..app.example"],
    ]) {
      expect(allows(patterns, other), other).toBe(false)
    }
  })

  it("allows any port, and none, for a pattern that ends in :*", () => {
    for (const port of ["", ":1", ":5173", ":65535"]) expect(allows(localOrigins, `http://localhost${port}`)).toBe(true)
    expect(allows(localOrigins, "http://127.0.0.1:8080")).toBe(true)
    for (const other of [
      ...["http://localhost:", "http://localhost:x", "http://localhost:1.evil.net"],
      ...["http://localhost:123456", "http://localhost.evil.net", "http://127x0.0.1:1", "http://127.0.0.1.evil.net:80"],
    ]) {
      expect(allows(localOrigins, other), other).toBe(false)
    }
  })

  it("allows IPv6 literals as browsers write them", () => {
    expect(allows(["http://[::1]:*"], "http://[::1]:5173")).toBe(true)
    expect(allows(["http://[::1]:3000"], "http://[::1]:3000")).toBe(true)
    expect(allows(["http://[::1]:*"], "http://[::2]:5173")).toBe(false)
    expect(allows(["http://[::1]:*"], "http://::1:5173")).toBe(false)
  })

  it("matches a pattern with the scheme's default port to the origin that browsers send without it", () => {
    expect(allows(["https://app.example:443"], "https://app.example")).toBe(true)
    expect(allows(["http://app.example:80"], "http://app.example")).toBe(true)
    expect(allows(["https://*.app.example:443"], "https://a.app.example")).toBe(true)
    expect(allows(["https://app.example:80"], "https://app.example")).toBe(false)
  })

  it("allows the origin `null` only where it is listed, and never through *", () => {
    expect(allows(["*"], "null")).toBe(false)
    expect(allows(["*", "null"], "null")).toBe(true)
    expect(allows(["*"], "https://anyone.example")).toBe(true)
    expect(allows(["https://app.example"], "null")).toBe(false)
  })

  it("refuses every origin that adds something before, after or inside an allowed one", () => {
    const patterns = ["https://app.example", "https://*.wild.example", "http://localhost:*"]
    const policy = policyOf(patterns)
    const honest = /^(https:\/\/app\.example|https:\/\/([a-z0-9-]+\.)+wild\.example|http:\/\/localhost(:\d{1,5})?)$/
    const bases = ["https://app.example", "https://a.wild.example", "http://localhost:5173"]
    fc.assert(
      fc.property(
        fc.constantFrom(...bases),
        fc.nat(30),
        fc.string({ unit: anyCodeUnit }),
        fc.nat(3),
        (base, at, text, cut) => {
          const origin = base.slice(0, at) + text + base.slice(at + cut)
          expect(policy.grant(origin) !== null).toBe(honest.test(origin) && !origin.includes("\n"))
        },
      ),
      propertyRuns,
    )
  })

  it("allows a part of one label for a pattern with a star inside that label", () => {
    const patterns = ["https://*-team.vercel.app", "https://pr-*.app.example:8443"]
    for (const origin of [
      "https://a-team.vercel.app",
      "https://a-b-1-team.vercel.app",
      "https://pr-7.app.example:8443",
    ])
      expect(allows(patterns, origin), origin).toBe(true)
    for (const origin of [
      ...["https://-team.vercel.app", "https://evil.net/-team.vercel.app", "https://a.b-team.vercel.app"],
      ...["https://evil.net.-team.vercel.app", "https://a-teamXvercel.app", "https://a-team.vercel.app.evil.net"],
      ...["https://pr-.app.example:8443", "https://pr-7.x.app.example:8443", "https://pr-7.app.example"],
      ...["https://a_-team.vercel.app", "https://%61-team.vercel.app", "http://a-team.vercel.app"],
    ]) {
      expect(allows(patterns, origin), origin).toBe(false)
    }
  })

  it("allows app shells and extensions by their own schemes, one by one or all of a scheme", () => {
    for (const origin of [
      "capacitor://localhost",
      "chrome-extension://abcdefgh",
      "app://.",
      "safari-web-extension://0A-f",
    ]) {
      expect(allows([origin], origin), origin).toBe(true)
      expect(allows([origin], `${origin}x`), origin).toBe(false)
      expect(allows(["https://app.example", "*"], origin), origin).toBe(true)
    }
    expect(allows(["moz-extension://*"], "moz-extension://1b2c-3d")).toBe(true)
    for (const origin of [
      "moz-extension://",
      "moz-extensions://a",
      "moz-extension://a/b",
      "xmoz-extension://a",
      "https://a",
    ])
      expect(allows(["moz-extension://*"], origin), origin).toBe(false)
  })

  it("stays correct when strangers send more origins than the cache holds", () => {
    const policy = policyOf(["https://app.example"])
    for (let i = 0; i < 3_000; i++) expect(policy.grant(`https://stranger${i}.example`)).toBeNull()
    expect(policy.grant("https://app.example")).not.toBeNull()
  })
})

describe("the cache of origins", () => {
  it("keeps its decisions, refusals too, and is emptied after a thousand origins", () => {
    const policy = policyOf(["https://app.example"])
    const first = policy.grant("https://app.example")
    for (let i = 0; i < 900; i++) policy.grant(`https://stranger${i}.example`)
    expect(policy.grant("https://app.example")).toBe(first)
    for (let i = 900; i < 1_100; i++) policy.grant(`https://stranger${i}.example`)
    expect(policy.grant("https://app.example")).not.toBe(first)
    expect(policy.grant("https://app.example")).toEqual(first)
  })

  it("does not keep origins longer than any host name", () => {
    const policy = policyOf(["https://*.app.example"])
    const long = `https://${"a.".repeat(200)}app.example`
    expect(policy.grant(long)).not.toBeNull()
    expect(policy.grant(long)).not.toBe(policy.grant(long))
  })
})

describe("credentials", () => {
  const allowed = ["access-control-allow-credentials", "true"]
  const origin = "https://app.example"

  it("are granted on preflights and answers, with the exact origin, if the setting is on", () => {
    const grant = new CorsPolicy([origin], true).grant(origin)
    const fields: string[] = []
    grant?.addFields(fields)
    expect(fields.join()).toContain([...["access-control-allow-origin", origin, "vary", "Origin"]].join())
    expect(fields.join()).toContain(allowed.join())
    expect(grant?.preflight(null).fields.join()).toContain(allowed.join())
    expect(fieldsFor(["set-cookie", "a=1"]).get("access-control-expose-headers")).not.toContain("set-cookie")
  })

  it("are not granted by default, nor to an origin that is not listed", () => {
    expect(fieldsFor([]).has(allowed[0])).toBe(false)
    expect(policyOf([origin]).grant(origin)?.preflight(null).fields).not.toContain(allowed[0])
    expect(new CorsPolicy([origin], true).grant("https://other.example")).toBeNull()
  })
})

describe("CorsGrant", () => {
  it("names the exact origin, never *, and declares in `vary` that the answer depends on it", () => {
    const grant = policyOf(["*"]).grant("https://anyone.example")
    const fields: string[] = []
    grant?.addFields(fields)
    expect(fields.slice(0, 4)).toEqual(["access-control-allow-origin", "https://anyone.example", "vary", "Origin"])
  })

  it("lets the page see the network timings of its calls (Resource Timing)", () => {
    expect(fieldsFor([]).get("timing-allow-origin")).toBe("https://app.example")
  })

  it("exposes the status fields of every answer, and each name that this answer carries", () => {
    const exposed = fieldsFor([
      "content-type",
      "x",
      "x-trace",
      "1",
      "cache-control",
      "y",
      "grpc-status",
      "0",
      "x-trace",
      "2",
    ])
    expect(exposed.get("access-control-expose-headers")).toBe(
      "grpc-status, grpc-message, grpc-status-details-bin, grpc-encoding, x-causeway-reason, x-trace",
    )
  })

  it("exposes a name that is a part of another name", () => {
    const exposed = fieldsFor(["x-trace-id", "1", "trace", "2", "x-trace", "3", "grpc", "4"])
    const names = exposed.get("access-control-expose-headers")?.split(", ") ?? []
    expect(names).toEqual(expect.arrayContaining(["x-trace-id", "trace", "x-trace", "grpc"]))
  })

  it("exposes each name once, however many fields have it", () => {
    const many = Array.from({ length: 3_000 }, (_, i) => [`x-${i % 1_000}`, "v"]).flat()
    const names = fieldsFor(many).get("access-control-expose-headers")?.split(", ") ?? []
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(["grpc-status", "x-0", "x-999"]))
    expect(names).toHaveLength(1_005)
  })

  it("answers a preflight with the fields that it asked for, and the time for which it may be cached", () => {
    const grant = policyOf(["https://app.example"]).grant("https://app.example")
    expect(grant?.preflight("content-type,x-mine")).toEqual({
      status: 204,
      fields: [
        ...["access-control-allow-origin", "https://app.example"],
        ...["vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
        ...["access-control-allow-methods", "POST, OPTIONS", "access-control-max-age", "7200"],
        ...["access-control-allow-headers", "content-type,x-mine"],
      ],
    })
    expect(grant?.preflight(null).fields).not.toContain("access-control-allow-headers")
  })
})
