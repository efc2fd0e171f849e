import { execFileSync } from "node:child_process"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { formatProblems } from "./check.ts"
import type { Loaded } from "./load.ts"
import { loadConfig } from "./load.ts"
import type { Config } from "./schema.ts"

const folder = mkdtempSync(join(tmpdir(), "causeway-config-"))

function loadText(text: string, argv: string[] = [], env: Record<string, string> = {}): Loaded {
  const file = join(folder, "bridge.yaml")
  writeFileSync(file, text)
  return loadConfig(["--config", file, ...argv], env)
}

function load(text: string, argv: string[] = [], env: Record<string, string> = {}): Config {
  const loaded = loadText(text, argv, env)
  if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
  return loaded.config
}

function problemsOf(text: string, argv: string[] = [], env: Record<string, string> = {}): string[] {
  const loaded = loadText(text, argv, env)
  if (loaded.kind !== "problems") return []
  return formatProblems(loaded.problems)
    .replaceAll(`${folder}/`, "")
    .split("\n")
    .map((line) => line.trim())
}

const fleet = `
listen: 0.0.0.0:8080
cors: { origins: [https://app.example] }
upstreams:
  users:
    endpoints: [http://users-1:50051, { address: http://users-2:50051, weight: 3, zone: b }]
    balancing: { policy: ring-hash, hash: { cookie: session } }
    health: on
    outlier: { failure-percentage: off }
    connect-timeout: 2s
  users-v2:
    endpoints: https://users-v2
    metadata: { Authorization: "Bearer \${TOKEN}" }
routes:
  - name: canary
    match: { service: api.v1.*, headers: { x-version: v2, x-debug: { present: on } } }
    upstream: users-v2
    retry: { codes: [UNAVAILABLE, ABORTED], max-attempts: 4 }
  - name: split
    match: { method: Get* }
    weights: { users: 95, users-v2: 5 }
    sticky: { header: x-user }
    timeouts: { max: 30s }
  - name: closed
    match: { service: api.v1.Billing }
    answer: { message: Back at noon, retry-after: 10m }
  - name: rest
    upstream: users
`

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

describe("the problems of a file", () => {
  it("are all found at once, each with its place, its path, and the nearest name", () => {
    const text = [
      "lisen: 127.0.0.1:8080",
      "timeouts:",
      "  grace: 30",
      "limits: { head: 1KB }",
      "upstreams:",
      "  users:",
      "    endpoints:",
      "      - http://users:0",
      "    balancing: { polcy: weighted }",
      "  v2: {}",
      "routes:",
      "  - name: one",
      "    match: { service: a b, headers: { x-v: { regex: (?=a) } } }",
      "    upstream: user",
      "  - name: one",
      "    weights: { users: 0 }",
      "    metadata: { add: { grpc-timeout: 1S }, remove: [host] }",
      "    strip-prefix: api",
      "  - answer: { code: OK, message: no }",
      "    name: last",
    ].join("\n")
    expect(problemsOf(text, ["--admin", "x"])).toEqual([
      expect.stringMatching(/^--admin: received "x", expected host:port/),
      "bridge.yaml:1:1: lisen: is no name that is known here; did you mean listen?",
      expect.stringMatching(/^bridge.yaml:3:10: timeouts.grace: received 30, expected .*; did you mean 30s or 30ms\?$/),
      expect.stringMatching(/^bridge.yaml:4:17: limits.head: received "1KB", expected bytes.*; did you mean 1KiB\?$/),
      expect.stringMatching(/^bridge.yaml:8:9: upstreams.users.endpoints\[0\]: "http:\/\/users:0" has "0" for a port/),
      "bridge.yaml:9:18: upstreams.users.balancing.polcy: is no name that is known here; did you mean policy?",
      expect.stringMatching(/^bridge.yaml:10:7: upstreams.v2.endpoints: received nothing, expected a list/),
      expect.stringMatching(/^bridge.yaml:13:23: routes\[0\].match.service: received "a b", expected a name such as/),
      expect.stringMatching(/^bridge.yaml:13:53: routes\[0\].match.headers.x-v.regex: /),
      'bridge.yaml:14:15: routes[0].upstream: received "user", which is no upstream; did you mean users?',
      expect.stringMatching(/^bridge.yaml:17:24: routes\[1\].metadata.add.grpc-timeout: "grpc-timeout" is gRPC's own/),
      expect.stringMatching(/^bridge.yaml:17:53: routes\[1\].metadata.remove\[0\]: "host" belongs to HTTP/),
      expect.stringMatching(/^bridge.yaml:18:19: routes\[1\].strip-prefix: "api" is no prefix.*did you mean \/api\?$/),
      expect.stringMatching(/^bridge.yaml:19:21: routes\[2\].answer.code: received "OK", expected a gRPC code/),
    ])
  })

  it("include the rules between fields", () => {
    expect(
      problemsOf(
        [
          "tls: { cert: c.pem }",
          "upstreams:",
          "  a: { endpoints: [http://a:1, https://b:1] }",
          "  b: { endpoints: [http://a:1], tls: on }",
          "  c: { endpoints: [https://a:1], tls: off }",
          "  d: { endpoints: [d:1, d:1], token-file: t, metadata: { authorization: x } }",
          "  e: { endpoints: [e:1], balancing: ring-hash }",
          "routes:",
          "  - { name: one, weights: { a: 0, b: 0 } }",
          "  - { name: two, upstream: a, retry: {}, hedging: {} }",
        ].join("\n"),
      ),
    ).toEqual([
      expect.stringMatching(/tls.key: received nothing, expected a file, since tls.cert is set$/),
      "bridge.yaml:3:20: upstreams.a.endpoints[0]: received http://a:1, but endpoints[1] speaks TLS; expected all endpoints with TLS or all without",
      "bridge.yaml:4:20: upstreams.b.endpoints[0]: received http://a:1, but tls is on; expected all endpoints with TLS or all without",
      expect.stringMatching(/^bridge.yaml:5:34: upstreams.c.tls: received off, but endpoints\[0\] begins with https:/),
      expect.stringMatching(/^bridge.yaml:6:25: upstreams.d.endpoints\[1\]: received d:1, which endpoints\[0\] is too/),
      expect.stringMatching(/^bridge.yaml:6:31: upstreams.d.token-file: received a file for the field authorization/),
      expect.stringMatching(/upstreams.e.balancing.hash: received nothing, expected header: NAME or cookie: NAME/),
      "bridge.yaml:9:18: routes[0].weights: received only weights of 0, expected at least one above 0",
      "bridge.yaml:10:42: routes[1].hedging: received retry and hedging, expected one of both (gRFC A6)",
    ])
  })

  it("include those of a mirror: its upstream, its percentage, and a route that answers itself", () => {
    const routes = [
      "  - { name: one, upstream: users, mirror: user-next }",
      "  - { name: two, upstream: users, mirror: { upstream: users-next, percent: 101 } }",
      "  - { name: three, answer: no, mirror: users-next }",
      "  - { name: four, upstream: users, mirror: { percent: 10 } }",
    ]
    const upstreams = "upstreams: { users: { endpoints: [a:1] }, users-next: { endpoints: [b:1] } }"
    expect(problemsOf([upstreams, "routes:", ...routes].join("\n"))).toEqual([
      'bridge.yaml:3:43: routes[0].mirror: received "user-next", which is no upstream; did you mean users-next?',
      "bridge.yaml:4:76: routes[1].mirror.percent: received 101, expected a number from 0 to 100",
      expect.stringMatching(
        /^bridge.yaml:5:32: routes\[2\].mirror: received mirror with answer, expected it with upstream/,
      ),
      expect.stringMatching(/^bridge.yaml:6:\d+: routes\[3\].mirror.upstream: received nothing, expected a name/),
    ])
  })

  it("include those of YAML itself, with their place", () => {
    expect(problemsOf("upstream: http://a:1\nupstream: http://b:1")).toEqual([
      expect.stringMatching(/^bridge.yaml:2:1: .*"upstream" stands twice, first in line 1/),
    ])
    expect(problemsOf("cors: [")).toEqual([expect.stringMatching(/^bridge.yaml:1:8: /)])
  })

  it("say that a file cannot be read, by the name of the flag or variable", () => {
    const loaded = loadConfig(["--config", "/nowhere/bridge.yaml"], {})
    expect(loaded).toMatchObject({
      problems: [{ name: "--config", message: expect.stringContaining("which does not exist") }],
    })
  })

  it("are told up to a number, and with an end, since a file of another kind has one in each line", () => {
    const lines = problemsOf(Array.from({ length: 5_000 }, (_, i) => `${"x".repeat(50)}${i}: 1`).join("\n"))
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)).toMatch(/^configuration: has 49\d\d more problems$/)
    const [long] = problemsOf(`? "${"y".repeat(100_000)}"\n: 1`)
    expect(long.length).toBeLessThan(5_000)
  })

  it("refuse upstream and upstreams together", () => {
    expect(problemsOf("upstream: http://a:1\nupstreams: { a: { endpoints: [a:1] } }")).toEqual([
      "bridge.yaml:2:1: upstreams: received upstream and upstreams (a), expected one of both",
    ])
  })
})

describe("secrets", () => {
  const withValue = (value: string): string => `upstreams: { a: { endpoints: [a:1], metadata: { x-key: '${value}' } } }`

  it("are filled in from variables and files", () => {
    const file = join(folder, "secret")
    writeFileSync(file, "abc\n")
    expect(load(withValue(`\${A}-\${file:${file}}-$\${A}`), [], { A: "1" }).upstreams[0].metadata).toEqual([
      ["x-key", "1-abc-${A}"],
    ])
  })

  it.each([
    ["${NONE}", "upstreams.a.metadata.x-key: names the variable NONE, which is not set"],
    ["${file:/nowhere}", "names the file /nowhere, which does not exist"],
    ["${A", "has ${ without }"],
    ["${A B}", "has ${…} with no name of a variable in it"],
  ])("refuse %s", (value, message) => {
    expect(problemsOf(withValue(value))).toEqual([expect.stringContaining(message)])
  })

  it.each([
    ["no blank after the colon", "metadata:\n      x-key:hunter2"],
    ["no blank after the colon, and a further line", "metadata:\n      x-key:hunter2\n      x-b: c"],
    ["no name", "metadata: hunter2"],
    ["a comma in a list without quotes", "metadata: { x-key: abc,hunter2 }"],
    ["a text that is an alias", "metadata: { x-key: *hunter2 }"],
    ["a text that is a tag", "metadata: { x-key: !hunter2 }"],
    ["a text that is a block", "metadata: { x-key: >hunter2 }"],
    ["a text that no value may begin with", "metadata: { x-key: @hunter2 }"],
    ["a quote that ends too early", 'metadata: { x-key: "a"hunter2" }'],
    ["a wrong escape", 'metadata: { x-key: "\\hunter2" }'],
    ["a wrong indentation", "metadata:\n      x-key: a\n     hunter2"],
  ])("never appear in a message, also if the file is damaged around them: %s", (_damage, text) => {
    const [problem, ...others] = problemsOf(`upstreams:\n  a:\n    endpoints: [a:1]\n    ${text}\n`)
    expect(problem).toMatch(/^bridge.yaml:\d+:\d+: /)
    expect(`${problem}${others.join("")}`).not.toContain("hunter2")
  })

  it.each([
    ["/", "is a folder"],
    ["/dev/zero", "is no file, but a device"],
    ["huge", "has more than 64 KiB"],
    ["fifo", "is no file, but a device, a socket or a FIFO"],
  ])("are not read from %s", (name, words) => {
    const at = resolve(folder, name)
    if (name === "huge") writeFileSync(at, "a".repeat(70_000))
    if (name === "fifo") execFileSync("mkfifo", [at])
    expect(problemsOf(withValue(`\${file:${at}}`))).toEqual([expect.stringContaining(words)])
  })

  it("never appear in a message", () => {
    const [problem] = problemsOf(withValue("${A}"), [], { A: "hunter2\nx" })
    expect(problem).toContain("the value (not shown, since it may be secret) cannot be sent")
    expect(problem).not.toContain("hunter2")
  })

  it("must be Base64 under a name that ends in -bin", () => {
    const withBin = (value: string): string => withValue(value).replace("x-key", "x-key-bin")
    expect(load(withBin("AAEC")).upstreams[0].metadata).toEqual([["x-key-bin", "AAEC"]])
    expect(problemsOf(withBin("hunter2!"))).toEqual([
      expect.stringMatching(/metadata.x-key-bin: the value \(not shown.*expected Base64$/),
    ])
  })

  it("are refused elsewhere, where they would be shown", () => {
    expect(problemsOf("upstream: http://${A}:1", [], { A: "1" })).toEqual([
      expect.stringContaining("${…} is filled in only in the values of metadata"),
    ])
  })
})

it("checks a checked configuration again with the same result", async () => {
  const { parseConfig } = await import("./check.ts")
  const config = load(fleet, [], { TOKEN: "x" })
  expect(parseConfig(config)).toEqual(config)
})
