import { describe, expect, it } from "vitest"
import type { ConfigInput } from "./schema.ts"
import { ConfigError, parseConfig } from "./check.ts"

const upstream = "http://127.0.0.1:50051"

function problemsOf(input: unknown): string[] {
  try {
    parseConfig(input)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name, message }) => `${name}: ${message}`)
    throw error
  }
  return []
}

describe("a configuration in code", () => {
  it("needs only the backend", () => {
    expect(parseConfig({ upstream })).toEqual({
      upstream,
      upstreamCaFile: null,
      upstreamCertFile: null,
      upstreamKeyFile: null,
      upstreamServerName: null,
      connectTimeoutMs: 5_000,
      maxSessions: 16,
      maxQueued: 1_024,
      maxCallsPerClient: null,
      listen: "127.0.0.1:8080",
      corsOrigins: [],
      corsCredentials: false,
      passCookies: false,
      passHeaders: [],
      trustedProxies: [],
      tlsCertFile: null,
      tlsKeyFile: null,
      keepAliveTimeoutMs: 65_000,
      maxRequestMessageBytes: 4_194_304,
      maxReplyMessageBytes: 4_194_304,
      maxHeadBytes: 16_384,
      headTimeoutMs: 10_000,
      stallTimeoutMs: 300_000,
      maxBufferedBytes: 268_435_456,
      maxConnections: 10_000,
      maxConnectionsPerAddress: null,
      maxConcurrentStreams: 256,
      admin: "127.0.0.1:9901",
      adminHosts: [],
      drainDelayMs: null,
      graceMs: 20_000,
      accessLog: "stderr",
      logLevel: "info",
      codec: "node",
      upstreams: [expect.objectContaining({ name: "default", tls: null, connectTimeoutMs: 5_000 })],
      routes: [expect.objectContaining({ name: "default", action: { kind: "upstream", upstream: "default" } })],
    })
  })

  it("is frozen with its lists, and independent of its input", () => {
    const corsOrigins = ["https://app.example"]
    const config = parseConfig({ upstream, corsOrigins })
    corsOrigins.push("*")
    expect(config.corsOrigins).toEqual(["https://app.example"])
    expect(Object.isFrozen(config) && Object.isFrozen(config.corsOrigins)).toBe(true)
  })

  it("accepts null and off for no access log", () => {
    for (const accessLog of [null, "off"]) expect(parseConfig({ upstream, accessLog }).accessLog).toBeNull()
    for (const word of ["", "stdout", "-", "None", "null"]) {
      expect(problemsOf({ upstream, accessLog: word })).toEqual([
        `accessLog: received "${word}", expected stderr, off, or the path of a file such as /dev/stdout or ./none`,
      ])
    }
    for (const accessLog of ["./stdout", "/dev/stdout"]) {
      expect(parseConfig({ upstream, accessLog }).accessLog).toBe(accessLog)
    }
    expect(problemsOf({ upstream, accessLog: 7 })).toEqual([
      "accessLog: received 7, expected stderr, null, or the path of a file",
    ])
  })

  it("may be checked again", () => {
    const input: ConfigInput = { upstream, admin: null, corsOrigins: ["*"], graceMs: 0, accessLog: null }
    expect(parseConfig(parseConfig(input))).toEqual(parseConfig(input))
  })

  it("reports every problem at once, each by its field's path", () => {
    const input = {
      listen: "8080",
      maxSessions: 0.5,
      corsOrigins: ["https://a", 7, "b"],
      logLevel: "loud",
      graceMs: "30s",
      lisen: 1,
    }
    expect(problemsOf(input)).toEqual([
      expect.stringMatching(/^upstream: received nothing, expected http:\/\/host:port.*; or set upstreams$/),
      "maxSessions: received 0.5, expected a whole number from 1 to 10000",
      expect.stringMatching(/^listen: received "8080", expected host:port/),
      "corsOrigins[1]: received 7, expected an origin such as https://app.example",
      expect.stringMatching(/^corsOrigins\[2\]: "b" is not an origin/),
      'graceMs: received "30s", expected a whole number of milliseconds from 0 to 86400000',
      'logLevel: received "loud", expected one of debug, info, warn, error',
      "lisen: is no setting; did you mean listen?",
    ])
  })

  it.each([[undefined], [null], [7], ["http://a"]])("refuses %j", (input) => {
    expect(problemsOf(input)).toEqual(["configuration: expected an object"])
  })

  it("lists the problems in the message of its error", () => {
    expect(() => parseConfig({})).toThrow(/^The configuration cannot be used:\n {2}upstream: received nothing/)
  })
})

describe("the backend's URL", () => {
  it.each([
    ["http://localhost:50051", "http://localhost:50051"],
    ["https://API.example/", "https://api.example"],
    ["http://[::1]:1", "http://[::1]:1"],
  ])("reads %s", (text, read) => {
    expect(parseConfig({ upstream: text }).upstream).toBe(read)
  })

  it.each([
    "",
    "http://",
    "grpc://a:1",
    "ftp://a",
    "http://a:1/path",
    "http://a:1?q",
    "http://a:1?",
    "http://a:1#",
    "http://@a:1",
    "http:a:1",
    "http:\\\\a",
    "http://a b",
    "http://a:99999",
    " http://a",
  ])("refuses %j", (text) => {
    expect(problemsOf({ upstream: text })).toEqual([expect.stringContaining("expected http://host:port")])
  })

  it("gets a suggestion if only the scheme is missing", () => {
    expect(problemsOf({ upstream: "localhost:50051" })[0]).toContain(
      "; did you mean http://localhost:50051 or https://",
    )
  })

  it("never appears in a message with its password", () => {
    const [problem] = problemsOf({ upstream: "http://user:hunter2@a:1" })
    expect(problem).toContain('received "http://…@a:1"')
    expect(problem).not.toContain("hunter2")
  })
})

describe("rules between fields", () => {
  it("accept a certificate only with its key, and a key only with its certificate", () => {
    expect(problemsOf({ upstream, tlsCertFile: "c" })).toEqual([
      "tlsKeyFile: received nothing, expected a file, since tlsCertFile is set",
    ])
    expect(problemsOf({ upstream, tlsKeyFile: "k" })).toEqual([
      "tlsCertFile: received nothing, expected a file, since tlsKeyFile is set",
    ])
    expect(problemsOf({ upstream, tlsCertFile: "c", tlsKeyFile: "k" })).toEqual([])
  })

  it("accept an authority only for a backend with TLS", () => {
    expect(problemsOf({ upstream, upstreamCaFile: "ca" })[0]).toMatch(
      /^upstreamCaFile: received "ca", but upstream is http:\/\//,
    )
    expect(problemsOf({ upstream: "https://a", upstreamCaFile: "ca" })).toEqual([])
  })

  it("refuse two listeners on one port, but allow any number on free ports", () => {
    expect(problemsOf({ upstream, listen: "127.0.0.1:9901" })[0]).toMatch(
      /^admin: received "127.0.0.1:9901", which listen uses too/,
    )
    expect(problemsOf({ upstream, listen: "127.0.0.1:0", admin: "127.0.0.1:0" })).toEqual([])
  })

  it("are reported together with other problems, but not for fields that are wrong themselves", () => {
    expect(problemsOf({ upstream, maxQueued: -1, tlsCertFile: "c" })).toHaveLength(2)
    expect(problemsOf({ upstream, tlsKeyFile: 7 })).toHaveLength(1)
  })
})
