import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { fleet, folder, load, loadText, problemsOf } from "../../test/support/load-text.ts"
import { loadConfig } from "./load.ts"

describe("a configuration file", () => {
  it("has upstreams and routes, with every default filled in", () => {
    const { upstreams, routes, listen } = load(fleet, [], { TOKEN: "s3cret" })
    expect(listen).toBe("0.0.0.0:8080")
    expect(upstreams).toMatchObject([
      {
        name: "users",
        endpoints: [
          { address: "http://users-1:50051", weight: 1, zone: null, priority: 0 },
          { address: "http://users-2:50051", weight: 3, zone: "b", priority: 0 },
        ],
        tls: null,
        balancing: { policy: "ring-hash", hash: { kind: "cookie", name: "session" }, panicThreshold: 0.5 },
        health: { service: "", watch: false, intervalMs: 10_000 },
        outlier: { baseEjectionMs: 30_000, failurePercentage: null, successRate: { stdevFactor: 1.9 } },
        connectTimeoutMs: 2_000,
        breaker: { maxSessions: 16, maxQueued: 1_024 },
      },
      {
        name: "users-v2",
        tls: { caFile: null, minVersion: "1.2" },
        metadata: [["authorization", "Bearer s3cret"]],
        balancing: { policy: "least-requests" },
        health: null,
      },
    ])
    expect(routes).toMatchObject([
      {
        name: "canary",
        match: {
          service: "api.v1.*",
          headers: [
            { kind: "exact", name: "x-version", value: "v2" },
            { kind: "present", name: "x-debug", isPresent: true },
          ],
        },
        action: { kind: "upstream", upstream: "users-v2" },
        retry: { maxAttempts: 4, codes: [14, 10], budget: { maxTokens: 100, tokenRatio: 0.1 } },
      },
      {
        action: {
          kind: "split",
          upstreams: [
            { upstream: "users", weight: 95 },
            { upstream: "users-v2", weight: 5 },
          ],
          sticky: { kind: "header", name: "x-user" },
        },
        timeouts: { maxMs: 30_000, defaultMs: null },
      },
      { action: { kind: "answer", code: 14, message: "Back at noon", retryAfterMs: 600_000 } },
      { name: "rest", match: { service: null, headers: [] }, retry: null, stripPrefix: null },
    ])
  })

  it("may be written in JSON", () => {
    expect(load('{"upstream": "http://a:1", "limits": {"request-message": 65536}}')).toMatchObject({
      upstream: "http://a:1",
      maxRequestMessageBytes: 65_536,
    })
  })

  it("compares no text with binary values, which have several spellings", () => {
    const file = (match: string): string =>
      `upstreams: { a: { endpoints: [a:1] } }\nroutes:\n  - name: r\n    upstream: a\n    match:\n      headers: ${match}\n`
    for (const match of ["{ x-id-bin: AQ }", "{ X-Id-Bin: { prefix: AQ } }", "{ x-id-bin: { regex: A. } }"]) {
      expect(problemsOf(file(match))).toEqual([expect.stringContaining("a value for x-id-bin, expected present")])
    }
    expect(load(file("{ x-id-bin: { present: on } }")).routes).toHaveLength(1)
  })

  it("needs no routes with one upstream, and needs them with several", () => {
    expect(load("upstreams: { a: { endpoints: [a:1] } }").routes).toMatchObject([
      { name: "default", action: { kind: "upstream", upstream: "a" } },
    ])
    expect(problemsOf("upstreams:\n  a: { endpoints: [a:1] }\n  b: { endpoints: [b:1] }")).toEqual([
      "routes: received nothing, expected a list of routes, since there are 2 upstreams",
    ])
  })

  it("gives the time limits of a preset, and a time limit by itself wins over the preset", () => {
    const text = "upstream: http://a:1\ntimeouts: { preset: upload, grace: 7s }"
    expect(load(text)).toMatchObject({ stallTimeoutMs: 600_000, graceMs: 7_000 })
    expect(load("upstream: http://a:1\ntimeouts: api").stallTimeoutMs).toBe(30_000)
  })

  it("takes any text for a condition, also the words that mean nothing elsewhere", () => {
    const routeTo = (value: string): string =>
      `upstream: http://a:1\nroutes: [{ name: one, match: { headers: { x-v: ${value} } }, upstream: default }]`
    for (const word of ["none", "off", "'~'", "1", "true", "''"]) {
      const value = word.replaceAll("'", "")
      expect(load(routeTo(word)).routes[0].match.headers).toEqual([{ kind: "exact", name: "x-v", value }])
    }
    expect(load(routeTo("{ regex: 'a${b' }").replace("${b", "b")).routes[0].match.headers).toMatchObject([
      { source: "ab" },
    ])
  })

  it("may switch the admin port off, or name its address, in one word", () => {
    expect(load("upstream: http://a:1\nadmin: off").admin).toBeNull()
    expect(load("upstream: http://a:1\nadmin: 0.0.0.0:9901").admin).toBe("0.0.0.0:9901")
    expect(problemsOf("upstream: http://a:1\nadmin: 9901")).toEqual([
      expect.stringMatching(
        /^bridge.yaml:2:8: admin.listen: received 9901, expected host:port.*did you mean 127.0.0.1:9901/,
      ),
    ])
  })

  it("is found by a variable too", () => {
    const file = join(folder, "by-variable.yaml")
    writeFileSync(file, "upstream: http://a:1")
    expect(loadConfig([], { CAUSEWAY_CONFIG: file })).toMatchObject({
      kind: "config",
      config: { upstream: "http://a:1" },
    })
  })
})

describe("flags and variables", () => {
  const text = "upstream: http://a:1\nmax: 1".replace("max: 1", "timeouts: { grace: 1s, head: 1s, stall: 1s }")

  it("win over the file, and a flag over a variable", () => {
    const env = { CAUSEWAY_GRACE: "2s", CAUSEWAY_HEAD_TIMEOUT: "2s" }
    expect(load(text, ["--grace", "3s"], env)).toMatchObject({
      graceMs: 3_000,
      headTimeoutMs: 2_000,
      stallTimeoutMs: 1_000,
    })
  })

  it("replace upstreams and routes by --upstream, with a warning", () => {
    expect(loadText(fleet, ["--upstream", "http://b:2"])).toMatchObject({
      kind: "config",
      config: {
        upstreams: [{ name: "default", endpoints: [{ address: "http://b:2" }] }],
        routes: [{ name: "default" }],
      },
      warnings: ["--upstream replaces the upstreams and the routes of the file (bridge.yaml:4)"],
    })
  })

  it("give every upstream its defaults", () => {
    const { upstreams } = load("upstreams: { a: { endpoints: [https://a], breaker: { max-queued: 7 } } }", [
      ...["--max-sessions", "3", "--max-queued", "9", "--upstream-ca", "ca.pem"],
    ])
    expect(upstreams).toMatchObject([{ tls: { caFile: "ca.pem" }, breaker: { maxSessions: 3, maxQueued: 7 } }])
  })
})

describe("the mirror of a route", () => {
  it("is an upstream with a percentage, an upstream alone for all calls, or off", () => {
    const routes = [
      "  - { name: one, match: { method: A }, upstream: users, mirror: { upstream: next, percent: 12.5 } }",
      "  - { name: two, match: { method: B }, upstream: users, mirror: next }",
      "  - { name: three, upstream: users, mirror: off }",
    ]
    const upstreams = "upstreams: { users: { endpoints: [a:1] }, next: { endpoints: [b:1] } }"
    expect(load([upstreams, "routes:", ...routes].join("\n")).routes.map(({ mirror }) => mirror)).toEqual([
      { upstream: "next", percent: 12.5 },
      { upstream: "next", percent: 100 },
      null,
    ])
  })
})

it("checks a checked configuration again with the same result", async () => {
  const { parseConfig } = await import("./check.ts")
  const config = load(fleet, [], { TOKEN: "x" })
  expect(parseConfig(config)).toEqual(config)
})
