import { describe, expect, it } from "vitest"
import { loadConfig } from "./load.ts"
import type { Config } from "./schema.ts"
import type { Setting } from "./setting.ts"
import { settings } from "./settings.ts"

const base = ["--upstream", "http://127.0.0.1:50051"]

function load(argv: string[], env: Record<string, string> = {}): Config {
  const loaded = loadConfig(argv, env)
  if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
  return loaded.config
}

function problemsOf(argv: string[], env: Record<string, string> = {}): string[] {
  const loaded = loadConfig(argv, env)
  return loaded.kind === "problems" ? loaded.problems.map(({ name, message }) => `${name}: ${message}`) : []
}

describe("the command line", () => {
  it("sets every kind of setting", () => {
    const argv = [
      ...base,
      ...["--listen", "[::1]:0", "--admin=off", "--grace", "5m", "--max-head-bytes=64KiB", "--max-queued", "0"],
      ...["--tls-cert", "c.pem", "--tls-key", "k.pem", "--access-log", "calls.log", "--log-level", "warn"],
    ]
    expect(load(argv)).toMatchObject({
      upstream: "http://127.0.0.1:50051",
      listen: "[::1]:0",
      admin: null,
      graceMs: 300_000,
      maxHeadBytes: 65_536,
      maxQueued: 0,
      tlsCertFile: "c.pem",
      tlsKeyFile: "k.pem",
      accessLog: "calls.log",
      logLevel: "warn",
    })
  })

  it("collects origins from repeated flags and from lists", () => {
    const origins = ["--cors-origin", "https://a.example", "--cors-origin=https://b.example, http://localhost:*"]
    expect(load([...base, ...origins]).corsOrigins).toEqual([
      "https://a.example",
      "https://b.example",
      "http://localhost:*",
    ])
  })

  it("refuses a flag that is given twice, and names both values, since one of them would be lost", () => {
    expect(problemsOf([...base, "--grace", "1s", "--grace=2s"])).toEqual([
      '--grace: received twice, "1s" and "2s"; expected one value',
    ])
    const upstreams = ["--upstream", "http://a:1", "--upstream", "http://user:secret@b:1"]
    expect(problemsOf(upstreams)).toEqual([
      '--upstream: received twice, "http://a:1" and "http://…@b:1"; expected one value',
    ])
  })

  it("warns of a variable that looks like a setting, and suggests the setting", () => {
    const env = { CAUSEWAY_UPSTREM: "http://a:1", CAUSEWAY_WHATEVER_THIS_IS: "", OTHER: "1", CAUSEWAY_PORT: "8080" }
    expect(loadConfig([...base], env)).toMatchObject({
      kind: "config",
      warnings: [
        "CAUSEWAY_UPSTREM is no setting and is left out; did you mean CAUSEWAY_UPSTREAM?",
        "CAUSEWAY_WHATEVER_THIS_IS is no setting and is left out; see --help",
        expect.stringMatching(/^CAUSEWAY_PORT is no setting and is left out/),
      ],
    })
  })

  it("ignores the variables that Kubernetes creates for a service of this name, and the suites' own", () => {
    const address = "tcp://10.0.0.1:8080"
    const env = {
      ...{ CAUSEWAY_SERVICE_HOST: "10.0.0.1", CAUSEWAY_SERVICE_PORT: "8080", CAUSEWAY_SERVICE_PORT_HTTP: "8080" },
      ...{ CAUSEWAY_PORT: address, CAUSEWAY_PORT_8080_TCP: address, CAUSEWAY_PORT_8080_TCP_PROTO: "tcp" },
      ...{ CAUSEWAY_PORT_8080_TCP_PORT: "8080", CAUSEWAY_PORT_8080_TCP_ADDR: "10.0.0.1" },
      ...{ CAUSEWAY_BRIDGE_SERVICE_HOST: "10.0.0.1", CAUSEWAY_BRIDGE_PORT: address, CAUSEWAY_DEMO_PORT: "1" },
      CAUSEWAY_FUZZ_RUNS: "9",
    }
    expect(loadConfig([...base], env)).toMatchObject({ kind: "config", warnings: [] })
  })

  it("reads on and off", () => {
    const flags = ["--pass-cookies", "on", "--cors-credentials=off"]
    expect(load([...base, ...flags])).toMatchObject({ passCookies: true, corsCredentials: false })
    expect(problemsOf([...base, "--pass-cookies", "yes"])).toEqual([
      '--pass-cookies: received "yes", expected on or off',
    ])
    expect(problemsOf([...base, "--pass-cookies"])).toEqual([
      "--pass-cookies: received no value, expected --pass-cookies on|off",
    ])
  })

  it("refuses credentials for origins that are not written out", () => {
    const on = ["--cors-credentials", "on"]
    expect(problemsOf([...base, ...on])).toEqual([
      expect.stringMatching(
        /^--cors-credentials: received on, but --cors-origin is not set; expected each origin in full/,
      ),
    ])
    const origins = ["--cors-origin", "https://app.example,https://*.app.example,http://localhost:*,*,null"]
    expect(problemsOf([...base, ...on, ...origins])).toEqual([
      expect.stringContaining('has "https://*.app.example", "http://localhost:*", "*", "null"; expected'),
    ])
    const exact = ["--cors-origin", "https://app.example", "--cors-origin", "http://localhost:5173"]
    expect(load([...base, ...on, ...exact]).corsCredentials).toBe(true)
  })

  it("refuses to pass fields that no client may set, and names the setting to use instead", () => {
    const passHeader = (entry: string): string[] => problemsOf([...base, "--pass-header", entry])
    for (const entry of ["x-forwarded-proto", "X-Envoy-*", "sec-fetch-site", "x-forwarded-*", "via"])
      expect(passHeader(entry), entry).toEqual([])
    for (const [entry, words] of [
      ["connection", "the bridge acts on it"],
      ["te", "PROTOCOL_ERROR"],
      ["grpc-status", "reserved for gRPC itself"],
      ["grpc-*", "reserved for gRPC itself"],
      ["transfer-encoding", "PROTOCOL_ERROR"],
      ["Cookie", "--pass-cookies on"],
      ["x-forwarded-for", "--trusted-proxies"],
      ["x-mine", "passes without this setting"],
      ["*x", "is not a field name"],
      ["a b", "is not a field name"],
      ["x-mine-*", "stands for no field that the bridge drops"],
      ["grpc-trace-bin", "passes without this setting"],
    ]) {
      expect(passHeader(entry), entry).toEqual([expect.stringContaining(words)])
    }
  })

  it("reports every problem at once, with the received value and the expected form", () => {
    const argv = [
      "--grace",
      "30",
      "--max-reply-message-bytes",
      "4MB",
      "--log-level",
      "loud",
      "--max-sessions=0",
      "--tls-key",
      "k",
    ]
    expect(problemsOf(argv, { CAUSEWAY_LISTEN: "8080" })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^--upstream: received nothing, expected http:\/\/host:port/),
        '--grace: received "30", expected a whole number with its unit, such as 500ms, 30s or 5m, from 0ms to 24h; did you mean 30s or 30ms?',
        '--max-reply-message-bytes: received "4MB", expected bytes, such as 65536, 64KiB or 4MiB, from 1 to 2GiB; did you mean 4MiB?',
        '--log-level: received "loud", expected one of debug, info, warn, error',
        '--max-sessions: received "0", expected a whole number from 1 to 10000',
        "--tls-cert: received nothing, expected a file, since --tls-key is set",
        expect.stringMatching(/^CAUSEWAY_LISTEN: received "8080", expected host:port/),
      ]),
    )
    expect(problemsOf(argv, { CAUSEWAY_LISTEN: "8080" })).toHaveLength(7)
  })

  it.each([
    ["--grace", "20", "; did you mean 20s or 20ms?"],
    ["--max-head-bytes", "16kb", "; did you mean 16KiB?"],
    ["--max-buffered-bytes", "1 G", "; did you mean 1GiB?"],
    ["--listen", "8090", "; did you mean 127.0.0.1:8090 (this machine only) or 0.0.0.0:8090 (all interfaces)?"],
    ["--listen", ":8090", "; did you mean 127.0.0.1:8090 (this machine only) or 0.0.0.0:8090 (all interfaces)?"],
    ["--listen", "http://localhost:8090/", "; did you mean localhost:8090?"],
    ["--admin", "9901", "; did you mean 127.0.0.1:9901 (this machine only) or 0.0.0.0:9901 (all interfaces)?"],
    ["--upstream", "backend:50051", "; did you mean http://backend:50051 or https://backend:50051?"],
    ["--upstream", "grpc://backend:50051", "; did you mean http://backend:50051 or https://backend:50051?"],
    ["--upstream", "dns:///backend:50051", "; did you mean http://backend:50051 or https://backend:50051?"],
    [
      "--upstream",
      "http://backend/api",
      "; did you mean http://backend? gRPC calls have the path /package.Service/Method, with nothing before it",
    ],
    ["--upstream", "https://backend:8443?x", "; did you mean https://backend:8443?"],
  ])("says what %s %j most likely means, and accepts it", (flag, text, words) => {
    const flags = flag === "--upstream" ? [flag, text] : [...base, flag, text]
    const [problem] = problemsOf(flags)
    expect(problem.slice(-words.length)).toBe(words)
    for (const [, meant] of words.matchAll(/(?:mean|or) ([^ ?]+)(?: \(|\?| or)/g)) {
      const corrected = flag === "--upstream" ? [flag, meant] : [...base, flag, meant]
      expect(
        problemsOf(corrected).filter((other) => other.startsWith(flag)),
        meant,
      ).toEqual([])
    }
  })

  it.each([
    ["--grace", "soon"],
    ["--listen", "99999"],
    ["--listen", "localhost"],
    ["--upstream", "http://a b"],
  ])("has no hint for %s %j, which means nothing", (flag, text) => {
    expect(problemsOf([...base, flag, text].slice(flag === "--upstream" ? 2 : 0))[0]).not.toContain("did you mean")
  })

  it("names each wrong origin of a list", () => {
    expect(problemsOf([...base, "--cors-origin", "a,https://ok,b"])).toEqual([
      expect.stringMatching(/^--cors-origin: "a" is not an origin/),
      expect.stringMatching(/^--cors-origin: "b" is not an origin/),
    ])
  })

  it("says that admin may also be off", () => {
    expect(problemsOf([...base, "--admin", "no"])[0]).toMatch(/^--admin: received "no", expected host:port.*, or off$/)
  })

  it("suggests the nearest flag for an unknown one, and does not complain about its value", () => {
    expect(problemsOf([...base, "--listn", "127.0.0.1:1", "--zzz"])).toEqual([
      "--listn: is no flag; did you mean --listen?",
      "--zzz: is no flag; see --help",
    ])
  })

  it("notices a flag without its value, even if another flag follows", () => {
    expect(problemsOf([...base, "--tls-cert", "--tls-key", "k", "--grace"])).toEqual([
      "--tls-cert: received no value, expected --tls-cert FILE",
      "--grace: received no value, expected --grace TIME",
    ])
  })

  it("refuses an argument that is no flag", () => {
    expect(problemsOf([...base, "serve"])).toEqual(["serve: is no flag; expected --flag value"])
  })

  it("prints the help or the version, whatever else is given", () => {
    expect(loadConfig(["--bogus", "--help"], {}).kind).toBe("help")
    expect(loadConfig(["-h"], {}).kind).toBe("help")
    expect(loadConfig(["--version", "--bogus"], {})).toEqual({ kind: "version" })
  })
})

describe("the environment", () => {
  it("has one variable per setting, and a flag wins over its variable", () => {
    const env = {
      CAUSEWAY_UPSTREAM: "http://backend:1",
      CAUSEWAY_GRACE: "3s",
      CAUSEWAY_CORS_ORIGIN: "https://a.example,https://b.example",
      CAUSEWAY_MAX_SESSIONS: "2",
    }
    expect(load(["--grace", "4s"], env)).toMatchObject({
      upstream: "http://backend:1",
      graceMs: 4_000,
      corsOrigins: ["https://a.example", "https://b.example"],
      maxSessions: 2,
    })
  })

  it("treats an empty variable as not set", () => {
    expect(load(base, { CAUSEWAY_GRACE: "", CAUSEWAY_ADMIN: " " })).toEqual(load(base))
  })

  it("may contain variables of other programs, such as those that Kubernetes creates for a service of this name", () => {
    expect(load(base, { CAUSEWAY_PORT: "tcp://10.0.0.1:80", CAUSEWAY_SERVICE_HOST: "10.0.0.1" })).toEqual(load(base))
  })
})

describe("the help", () => {
  const loaded = loadConfig(["--help"], {})
  const text = loaded.kind === "help" ? loaded.text : ""

  it.each(Object.values(settings).map(({ flag }) => flag))("explains --%s", (flag) => {
    expect(text).toMatch(new RegExp(`^ {2}--${flag} [A-Za-z|:]+$`, "m"))
  })

  it("fits a terminal of 100 columns", () => {
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100)
  })
})

it.each(Object.values<Setting<unknown>>(settings).filter(({ fallback }) => fallback !== undefined))(
  "the default of --$flag is a value that it takes, in code and as text",
  ({ kind, fallback }) => {
    expect(kind.schema.safeParse(fallback).success).toBe(true)
    const text = kind.isList === true ? "" : kind.toText(fallback) // the help prints "none" for an empty list
    expect(kind.fromText(text)).toEqual(fallback)
  },
)
