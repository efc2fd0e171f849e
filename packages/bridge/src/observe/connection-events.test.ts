import { beforeEach, describe, expect, it } from "vitest"
import { connectionEvents } from "./connection-events.ts"
import type { EventFields, Log } from "./log.ts"

let lines: [level: string, message: string, fields: EventFields | undefined][]
let now: number
let events: ReturnType<typeof connectionEvents>

beforeEach(() => {
  lines = []
  now = 0
  const write =
    (level: string) =>
    (message: string, fields?: EventFields): void =>
      void lines.push([level, message, fields])
  const log: Log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") }
  events = connectionEvents(log, () => now)
})

describe("the log of clients' connections", () => {
  it("logs one failure of a kind in ten seconds, with the number of those since the last line", () => {
    for (let i = 0; i < 5; i++) events.connectionFailed("http2-flood", "1.2.3.4:5", "Flooding was detected")
    events.connectionFailed("unreadable", "1.2.3.4:6", "HPE_INVALID_METHOD")
    now = 10_000
    events.connectionFailed("http2-flood", "1.2.3.4:7", "Flooding was detected")
    const message = "a client's connection failed"
    expect(lines).toEqual([
      ["info", message, { reason: "http2-flood", peer: "1.2.3.4:5", why: "Flooding was detected", sinceLastLine: 1 }],
      ["info", message, { reason: "unreadable", peer: "1.2.3.4:6", why: "HPE_INVALID_METHOD", sinceLastLine: 1 }],
      ["info", message, { reason: "http2-flood", peer: "1.2.3.4:7", why: "Flooding was detected", sinceLastLine: 5 }],
    ])
  })

  it("logs ordinary failures at debug level only", () => {
    events.connectionFailed("tls-handshake", "1.2.3.4:5", "unknown ca")
    expect(lines).toMatchObject([["debug", "a client's connection failed", { why: "unknown ca" }]])
  })

  it("warns when a limit refuses connections, and names the setting; logs nothing of a drain", () => {
    events.connectionRefused("draining")
    events.connectionRefused("max-connections")
    events.connectionRefused("max-connections")
    events.connectionRefused("max-connections-per-address")
    expect(lines).toMatchObject([
      ["warn", expect.stringContaining("--max-connections allows"), { sinceLastLine: 1 }],
      ["warn", expect.stringContaining("--max-connections-per-address"), { sinceLastLine: 1 }],
    ])
  })

  it("logs once in ten seconds that no descriptor is left, with the remedy", () => {
    for (now = 0; now < 20_000; now += 1_000) events.descriptorsExhausted("EMFILE")
    expect(lines).toMatchObject([
      ["error", expect.stringContaining("raise ulimit -n"), { code: "EMFILE", sinceLastLine: 1 }],
      ["error", expect.stringContaining("raise ulimit -n"), { code: "EMFILE", sinceLastLine: 10 }],
    ])
  })
})
