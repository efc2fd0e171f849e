import { globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import * as z from "zod"
import { loadConfig } from "../config/load.ts"
import type { Config } from "../config/schema.ts"
import type { CommandResult } from "./command.ts"
import { runCommand } from "./run-command.ts"

const folder = mkdtempSync(join(tmpdir(), "causeway-command-"))
const examples = fileURLToPath(new URL("../../examples/", import.meta.url))

function run(words: string, text?: string, env: Record<string, string> = {}): CommandResult {
  const file = join(folder, "bridge.yaml")
  if (text !== undefined) writeFileSync(file, text)
  return runCommand(
    words.split(" ").map((word) => (word === "FILE" ? file : word)),
    env,
  )
}

function configOf(file: string, env: Record<string, string> = {}): Config {
  const loaded = loadConfig(["--config", file], env)
  if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
  return loaded.config
}

const canary = readFileSync(join(examples, "canary.yaml"), "utf8")

it("a word that is no command is refused, and a file's name gets the flag that it lacks", () => {
  expect(run("confg check a.yaml")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("is no command") })
  expect(run("a.yaml").stderr).toContain("; did you mean --config a.yaml?")
})

describe("config check", () => {
  it("answers 0 for a valid file", () => {
    expect(run("config check FILE", canary)).toEqual({
      stdout: `${join(folder, "bridge.yaml")}: valid, 2 upstreams, 2 routes\n`,
      stderr: "",
      exitCode: 0,
    })
  })

  it("answers 1 with every problem", () => {
    const { stderr, exitCode } = run("config check FILE", "lisen: 1\nupstreams:\n  a: {}\n")
    expect(exitCode).toBe(1)
    expect(stderr).toContain("bridge.yaml:1:1: lisen: is no name that is known here; did you mean listen?")
    expect(stderr).toContain("bridge.yaml:3:6: upstreams.a.endpoints: received nothing")
  })

  it("does not need the secrets, but says which are missing, and never shows one", () => {
    const text = "upstreams: { a: { endpoints: [a:1], metadata: { x-one: '${ONE}', x-two: '${TWO}' } } }"
    const { stderr, stdout, exitCode } = run("config check FILE", text, { TWO: "hunter2" })
    expect(exitCode).toBe(0)
    expect(stderr).toContain("names the variable ONE, which is not set")
    expect(stdout + stderr).not.toContain("hunter2")
    expect(run("config check FILE", text.replace("${ONE}", "${ONE")).exitCode).toBe(1)
  })

  it("judges the file alone, whatever variables are set", () => {
    expect(run("config check FILE", "listen: 127.0.0.1:1", { CAUSEWAY_UPSTREAM: "http://a:1" }).exitCode).toBe(1)
    expect(run("config check FILE --upstream http://a:1", "listen: 127.0.0.1:1").exitCode).toBe(0)
  })

  it("warns of routes that no call reaches, of unused upstreams, and of credentials without TLS", () => {
    const text = [
      "upstreams:",
      "  a: { endpoints: [far.internal:1, 127.0.0.1:1], token-file: t }",
      "  b: { endpoints: [b:1] }",
      "  c: { endpoints: [localhost:1, unix:/run/c.sock], metadata: { authorization: x } }",
      "routes:",
      "  - { name: all, upstream: a }",
      "  - { name: never, upstream: c, match: { service: x.Y } }",
    ].join("\n")
    expect(run("config check FILE", text).stderr.split("\n")).toEqual([
      "warning: no call reaches the route never: the route all before it takes all of them; put all after it",
      "warning: no route names these upstreams: b",
      expect.stringMatching(/^warning: upstream a gets the token of token-file without TLS at far.internal:1/),
      "",
    ])
  })

  it("warns of a mirror that gets the calls already, and of what it gets without TLS", () => {
    const text = [
      "upstreams: { a: { endpoints: [localhost:1] }, b: { endpoints: [far.internal:1] } }",
      "routes:",
      "  - { name: one, match: { service: x.Y }, upstream: a, mirror: b, metadata: { add: { x-token: t } } }",
      "  - { name: two, weights: { a: 1, b: 1 }, mirror: a }",
    ].join("\n")
    expect(run("config check FILE", text).stderr.split("\n")).toEqual([
      "warning: the route two mirrors calls to a, which gets them already: its backends do the work twice; name another upstream",
      expect.stringMatching(/^warning: upstream b gets x-token without TLS at far.internal:1/),
      "",
    ])
  })

  it.each(["config check", "config check --bogus", "config", "config chek FILE", "serve"])("refuses %s", (words) => {
    const { stdout, stderr, exitCode } = run(words)
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 })
    expect(stderr).toContain("expected")
  })
})

describe("config print", () => {
  const text = [
    "timeouts: { preset: api, grace: 7s }",
    "upstreams:",
    "  users:",
    "    endpoints: http://users:1",
    "    metadata: { authorization: 'Bearer ${TOKEN}' }",
    "    breaker:",
    "      max-queued: 5",
    "    balancing: weighted",
    "routes:",
    "  - name: one",
    "    upstream: users",
    "    match: { headers: { x-version: v2 } }",
  ].join("\n")
  const { stdout } = run("config print --config FILE --max-sessions 3", text, {
    TOKEN: "hunter2",
    CAUSEWAY_LISTEN: "a:1",
  })

  it.each([
    ["listen: a:1 # CAUSEWAY_LISTEN"],
    ["grace: 7s # bridge.yaml:1"],
    ["stall: 30s # bridge.yaml:1, preset api"],
    ["head: 16KiB # default"],
    ["max-sessions: 3 # --max-sessions"],
    ["max-queued: 5 # bridge.yaml:7"],
    ["policy: weighted # bridge.yaml:8"],
    ["slow-start: 0ms # default"],
    ["address: http://users:1 # bridge.yaml:4"],
    ['authorization: "***" # bridge.yaml:5'],
    ["x-version: v2 # bridge.yaml:12"],
    ["origins: [] # default"],
  ])("prints %s", (line) => {
    expect(stdout.split("\n").map((printed) => printed.replace(/^[ -]*/, ""))).toContain(line)
  })

  it("hides secrets", () => {
    expect(stdout).not.toContain("hunter2")
  })

  it.each(globSync("*.yaml", { cwd: examples }))(
    "prints %s so that it means the same when it is read again",
    (name) => {
      const env = { USERS_API_KEY: "***" }
      const printed = runCommand(["config", "print", "--config", join(examples, name)], env).stdout
      const file = join(folder, name)
      writeFileSync(file, printed)
      expect({ ...configOf(file, env), upstream: null }).toEqual({
        ...configOf(join(examples, name), env),
        upstream: null,
      })
    },
  )
})

it("config print does not show a token that stands in place of its file's path", () => {
  const text = (file: string): string => `upstreams: { a: { endpoints: [https://a:1], token-file: ${file} } }`
  expect(run("config print --config FILE", text("ghp_16C7e42F292c6912E771")).stdout).toContain("token-file: ghp_… (24")
  expect(run("config print --config FILE", text("/run/secrets/a")).stdout).toContain("token-file: /run/secrets/a")
})

describe("route explain", () => {
  it("says that it takes the call for one of a trusted proxy, where such a field decides", () => {
    const text = `upstreams: { a: { endpoints: [http://127.0.0.1:1] } }
routes: [{ name: secure, match: { headers: { x-forwarded-proto: https } }, upstream: a }, { name: rest, upstream: a }]`
    const { stdout } = run("route explain --config FILE --method a.B/C --header x-forwarded-proto:https", text)
    expect(stdout).toContain("with --trusted-proxies, the x-forwarded-proto of others does not count.")
  })

  it("says which route takes a call and why", () => {
    const { stdout, exitCode } = run("route explain --config FILE --method a.B/C --header x-version:v2", canary)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\/a.B\/C takes the route "testers": the upstream "v2" gets the call/)
    expect(run("route explain --config FILE --method=/a.B/C --header=X-Version:v1").stdout).toMatch(
      /takes the route "canary"/,
    )
  })

  it("answers 1 if no route takes it, and 2 if the question is wrong", () => {
    const text = "upstream: http://a:1\nroutes: [{ name: one, match: { service: x.Y }, upstream: default }]"
    expect(run("route explain --config FILE --method a.B/C", text).exitCode).toBe(1)
    expect(run("route explain --config FILE").exitCode).toBe(2)
    expect(run("route explain --config FILE --method a.B/C --header nocolon").exitCode).toBe(2)
  })
})

describe("config schema", () => {
  const { stdout } = run("config schema")
  const schema = z.fromJSONSchema(JSON.parse(stdout))

  it("is what packages/bridge/config.schema.json has: run node packages/bridge/tools/write-config.ts", () => {
    expect(readFileSync(new URL("../../config.schema.json", import.meta.url), "utf8")).toBe(stdout)
  })

  it.each(globSync("*.yaml", { cwd: examples }))(
    "accepts the example %s, which the bridge accepts without a warning",
    (name) => {
      const file = join(examples, name)
      const text = readFileSync(file, "utf8")
      expect(text).toMatch(/^# yaml-language-server: \$schema=..\/config.schema.json\n/)
      expect(runCommand(["config", "check", file], { USERS_API_KEY: "x" })).toMatchObject({ stderr: "", exitCode: 0 })
      expect(schema.safeParse(parse(text)).error?.issues).toBeUndefined()
    },
  )

  it("accepts what config print writes", () => {
    for (const name of globSync("*.yaml", { cwd: examples }).map((path) => basename(path))) {
      const printed = runCommand(["config", "print", "--config", join(examples, name)], { USERS_API_KEY: "x" }).stdout
      expect(schema.safeParse(parse(printed)).error?.issues).toBeUndefined()
    }
  })

  it.each([
    "lisen: 1",
    "limits: { heed: 1 }",
    "timeouts: { grace: 30 }",
    "upstreams: { a: {} }",
    "upstreams: { a: { endpoints: [a:1], balancing: random } }",
    "routes: [{ name: a }]",
    "routes: [{ name: a, upstream: b, retry: { codes: [NOPE] } }]",
  ])("refuses %s", (text) => {
    expect(schema.safeParse(parse(text)).success).toBe(false)
  })
})
