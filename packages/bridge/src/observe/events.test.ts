import { describe, expect, it } from "vitest"
import { CallRecord } from "../core/call-record.ts"
import type { EventFields, Log } from "./log.ts"
import { createEventObserver, createLog } from "./events.ts"
import type { LineSink } from "./line-writer.ts"

function collectingSink(): LineSink & { readonly text: () => string } {
  let text = ""
  return {
    text: () => text,
    write(batch, done) {
      text += batch
      queueMicrotask(() => done(null))
    },
    writeSync(batch) {
      text += batch
    },
    close() {},
  }
}

describe("the event log", () => {
  it("writes JSON lines with a time, a level, and the fields", async () => {
    const sink = collectingSink()
    const log = createLog("info", sink)
    log.info("up", { upstream: "http://b:1" })
    log.warn("odd")
    log.error("broken", { cause: new TypeError("x is not a function", { cause: new Error("deeper") }) })
    log.debug("unseen")
    await log.flush()
    const lines = sink
      .text()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toMatchObject([
      { level: "info", msg: "up", upstream: "http://b:1" },
      { level: "warn", msg: "odd" },
      { level: "error", msg: "broken", cause: { type: "TypeError", stack: expect.stringContaining("deeper") } },
    ])
    for (const { time } of lines) expect(time).toBe(new Date(time as string).toISOString())
  })

  it("writes nothing below its level", async () => {
    const sink = collectingSink()
    const log = createLog("error", sink)
    log.warn("odd")
    await log.flush()
    expect(sink.text()).toBe("")
  })

  it("writes waiting lines synchronously when the process ends at once", () => {
    const sink = collectingSink()
    const log = createLog("debug", sink)
    log.debug("first")
    log.debug("second")
    log.flushSync()
    expect(sink.text().match(/"msg":"\w+"/g)).toEqual(['"msg":"first"', '"msg":"second"'])
  })
})

interface Event extends EventFields {
  readonly level: string
  readonly message: string
}

function collectingLog(): { readonly log: Log; readonly events: Event[] } {
  const events: Event[] = []
  const at = (level: string) => (message: string, fields?: EventFields) =>
    void events.push({ level, message, ...fields })
  return { events, log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } }
}

describe("the observer of events", () => {
  it("logs the health of an endpoint that changes with every message once for each direction, and counts the rest", () => {
    const { log, events } = collectingLog()
    let now = 0
    const observer = createEventObserver(log, () => now)
    for (let i = 0; i < 1_000; i++) observer.endpointHealthChanged("default", "b:1", i % 2 === 1, "its check")
    const facts = { upstream: "default", endpoint: "b:1", why: "its check" }
    const [down, up] = [
      { level: "warn", message: "an endpoint gets no calls", ...facts },
      { level: "info", message: "an endpoint gets calls", ...facts },
    ]
    expect(events).toEqual([down, up])
    now = 10_000
    observer.endpointHealthChanged("default", "b:1", false, "its check")
    expect(events.slice(2)).toEqual([{ ...down, sinceLastLine: 500 }])
  })

  it("logs connections to the backend, with address and reason", () => {
    const { log, events } = collectingLog()
    const observer = createEventObserver(log)
    observer.sessionOpened("default", "http://b:1", "1.2.3.4:1", 0)
    observer.sessionClosed("default", {
      endpoint: "http://b:1",
      address: "1.2.3.4:1",
      why: "it carried no call",
      cause: null,
    })
    observer.sessionClosed("default", {
      endpoint: "http://b:1",
      address: "1.2.3.4:1",
      why: "cut",
      cause: new Error("ECONNRESET"),
    })
    expect(events).toEqual([
      {
        level: "info",
        message: "connected to the backend",
        upstream: "default",
        endpoint: "http://b:1",
        address: "1.2.3.4:1",
      },
      {
        level: "info",
        message: "a connection to the backend was closed",
        upstream: "default",
        endpoint: "http://b:1",
        address: "1.2.3.4:1",
        why: "it carried no call",
      },
      {
        level: "warn",
        message: "a connection to the backend was lost, and its open calls failed",
        upstream: "default",
        endpoint: "http://b:1",
        address: "1.2.3.4:1",
        why: "cut",
        sinceLastLine: 1,
      },
    ])
  })

  it("logs once that a backend's name has several addresses, of which one is used", () => {
    const { log, events } = collectingLog()
    const observer = createEventObserver(log)
    observer.sessionOpened("default", "http://b:1", "1.2.3.4:1", 1)
    observer.sessionOpened("default", "http://b:1", "1.2.3.4:1", 3)
    observer.sessionOpened("default", "http://b:1", "1.2.3.5:1", 3)
    const logged = events.filter((event) => "addresses" in event)
    expect(logged).toMatchObject([
      { level: "info", upstream: "default", endpoint: "http://b:1", address: "1.2.3.4:1", addresses: 3 },
    ])
  })

  it("logs an unreachable backend at most every ten seconds, and its return with the number of attempts", () => {
    const { log, events } = collectingLog()
    let now = 0
    const observer = createEventObserver(log, () => now)
    const refused = {
      endpoint: "b",
      address: "1.2.3.4:1",
      why: "nothing listens at its address",
      cause: new Error("ECONNREFUSED"),
    }
    for (now = 0; now < 20_000; now += 1_000) observer.sessionFailed("default", refused)
    const message = "cannot connect to the backend; trying again"
    const fields = {
      level: "warn",
      message,
      upstream: "default",
      endpoint: "b",
      address: "1.2.3.4:1",
      why: refused.why,
    }
    expect(events).toEqual([
      { ...fields, sinceLastLine: 1 },
      { ...fields, sinceLastLine: 10 },
    ])
    observer.sessionOpened("default", "b", "1.2.3.4:1", 0)
    expect(events[2]).toMatchObject({ message: "connected to the backend again", failedAttempts: 20 })
    observer.sessionFailed("default", refused)
    expect(events[3]).toEqual({ ...fields, sinceLastLine: 1 })
  })

  it("logs repeatedly lost connections at most every ten seconds", () => {
    const { log, events } = collectingLog()
    let now = 0
    const observer = createEventObserver(log, () => now)
    const lost = { endpoint: "b", address: "1.2.3.4:1", why: "cut", cause: new Error("ECONNRESET") }
    for (now = 0; now < 20_000; now += 100) {
      observer.sessionOpened("default", "b", "1.2.3.4:1", 0)
      observer.sessionClosed("default", lost)
    }
    expect(events.filter(({ level }) => level === "warn").map((event) => event.sinceLastLine)).toEqual([1, 100])
  })

  it("logs a defect with its place, its call and its cause", () => {
    const { log, events } = collectingLog()
    const record = new CallRecord(9, 0, { address: "1.2.3.4:5", carrier: "http1", isTls: false }, "POST", "/a.B/C")
    const cause = new Error("x")
    const observer = createEventObserver(log)
    observer.crashed("end of call", cause, record)
    observer.crashed("timer", cause, null)
    expect(events).toMatchObject([
      {
        level: "error",
        message: expect.stringContaining("ended one call"),
        where: "end of call",
        cause,
        call: { id: 9, method: "/a.B/C", peer: "1.2.3.4:5" },
      },
      { level: "error", where: "timer", cause, call: null },
    ])
  })
})
