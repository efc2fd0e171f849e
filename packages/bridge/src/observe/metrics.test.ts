import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { Code } from "@causeway/protocol"
import { CallRecord } from "../core/call-record.ts"
import { Tally } from "../core/tally.ts"
import { BridgeError, reasonTable } from "../core/errors.ts"
import type { Metrics } from "./metrics.ts"
import { createMetrics } from "./metrics.ts"

let metrics: Metrics
const upstreams = new Set(["b", "default", "next"])

beforeEach(() => {
  metrics = createMetrics()
})
afterEach(() => metrics.close())

/** A call in progress. */
function begin(path: string, method = "POST"): CallRecord {
  const record = new CallRecord(1, 1_000, { address: "127.0.0.1:1", carrier: "http1", isTls: false }, method, path)
  metrics.observer.callStarted(record)
  return record
}

function end(record: CallRecord, outcome: Partial<CallRecord> = {}): void {
  Object.assign(record, { endedAt: record.startedAt + 20, code: Code.Ok, upstream: "b", isAnswered: true }, outcome)
  metrics.observer.callEnded(record)
}

/** The value of a sample, by its name and labels as written. Null: there is none. */
function value(sample: string): number | null {
  const line = metrics
    .expose(upstreams)
    .split("\n")
    .find((one) => one.startsWith(`${sample} `))
  return line === undefined ? null : Number(line.slice(sample.length + 1))
}

const labels = 'grpc_type="unknown",grpc_service="api.v1.UserService",grpc_method="GetUser"'
const otherLabels = 'grpc_type="unknown",grpc_service="_OTHER",grpc_method="_OTHER"'
const path = "/api.v1.UserService/GetUser"

describe("repeated calls", () => {
  it("are counted by upstream under the names of gRFC A96, without zeros", () => {
    end(begin(path))
    end(begin(path), { repeats: { retries: 2, transparentRetries: 0, hedges: 0, delayMs: 300 } })
    end(begin(path), { repeats: { retries: 0, transparentRetries: 7, hedges: 3, delayMs: 0 } })
    const upstream = 'upstream="b"'
    expect(value(`grpc_client_call_retries_bucket{${upstream},le="1"}`)).toBe(0)
    expect(value(`grpc_client_call_retries_sum{${upstream}}`)).toBe(2)
    expect(value(`grpc_client_call_retries_count{${upstream}}`)).toBe(1)
    expect(value(`grpc_client_call_retry_delay_seconds_sum{${upstream}}`)).toBe(0.3)
    expect(value(`grpc_client_call_transparent_retries_sum{${upstream}}`)).toBe(7)
    expect(value(`grpc_client_call_hedges_sum{${upstream}}`)).toBe(3)
  })

  it("that are given up are counted by reason", () => {
    end(begin(path), { notRetried: "deadline" })
    expect(value('causeway_upstream_retries_given_up_total{upstream="b",why="deadline"}')).toBe(1)
  })

  it("show that no budget was exhausted before one is, so that an alert sees the first increase", () => {
    const sample = 'causeway_upstream_retries_given_up_total{upstream="b",why="retry-budget-exhausted"}'
    expect(value(sample)).toBe(0)
    end(begin(path), { notRetried: "retry-budget-exhausted" })
    expect(value(sample)).toBe(1)
  })
})

describe("an upstream that is gone", () => {
  const sample = 'causeway_upstream_sessions_opened_total{upstream="brief"}'
  const mirrored = 'causeway_mirror_calls_total{upstream="brief",outcome="finished"}'

  /** Events that both count once. */
  function happen(): void {
    metrics.observer.sessionOpened("brief", "http://b:1", "1.2.3.4:1", 0)
    metrics.observer.mirrorStarted("brief")
    metrics.observer.mirrorEnded("brief", "finished")
  }

  it("is shown for ten minutes more, so that scrapers get its last values, and begins at zero if it comes back", () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    onTestFinished(() => void vi.useRealTimers())
    for (const _turn of ["before", "after"]) {
      happen()
      expect([value(sample), value(mirrored)]).toEqual([1, 1])
      vi.advanceTimersByTime(599_000)
      expect([value(sample), value(mirrored)]).toEqual([1, 1])
      vi.advanceTimersByTime(1_000)
      expect([value(sample), value(mirrored)]).toEqual([null, null])
    }
  })

  it("is one of ten at most: those that have gone first are no longer shown", () => {
    for (let i = 0; i < 50; i++) metrics.observer.sessionOpened(`u${i}`, "http://b:1", "1.2.3.4:1", 0)
    const shown = [...metrics.expose(upstreams).matchAll(/sessions_opened_total\{upstream="(u\d+)"/g)].map(
      ([, name]) => name,
    )
    expect(shown).toEqual(Array.from({ length: 10 }, (_, i) => `u${40 + i}`))
  })

  it("keeps its counts if it comes back before", () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    onTestFinished(() => {
      upstreams.delete("brief")
      vi.useRealTimers()
    })
    happen()
    expect(value(sample)).toBe(1)
    vi.advanceTimersByTime(500_000)
    upstreams.add("brief")
    expect(value(sample)).toBe(1)
    vi.advanceTimersByTime(500_000)
    expect(value(sample)).toBe(1)
  })
})

describe("a call's route", () => {
  it("counts its end by status code, also codes that gRPC does not define", () => {
    const tally = new Tally()
    for (const code of [Code.Ok, Code.Ok, Code.Unavailable, 99]) end(begin(path), { tally, code })
    expect(tally.ended.entries).toEqual([
      [0, 2],
      [14, 1],
      [17, 1],
    ])
    expect(new Tally().ended.shown).toEqual([[0, 0]])
  })
})

describe("calls by method", () => {
  it("are counted and timed under OpenTelemetry's and Prometheus' names", () => {
    end(begin(path))
    end(begin(path), { code: Code.NotFound })
    expect(value(`grpc_server_started_total{${labels}}`)).toBe(2)
    expect(value(`grpc_server_handled_total{${labels},grpc_code="OK"}`)).toBe(1)
    expect(value(`grpc_server_handled_total{${labels},grpc_code="NotFound"}`)).toBe(1)
    const series = 'rpc_system_name="grpc",rpc_method="api.v1.UserService/GetUser",rpc_status_code'
    expect(value(`rpc_server_call_duration_seconds_bucket{${series}="OK",le="0.01"}`)).toBe(0)
    expect(value(`rpc_server_call_duration_seconds_bucket{${series}="OK",le="0.025"}`)).toBe(1)
    expect(value(`rpc_server_call_duration_seconds_sum{${series}="NOT_FOUND"}`)).toBe(0.02)
  })

  it("use the code names of Prometheus' gRPC metrics, and count undefined codes together", () => {
    end(begin(path))
    end(begin(path), { code: Code.DeadlineExceeded })
    end(begin(path), { code: 99 })
    end(begin(path), { code: 2 ** 31 - 1 })
    expect(value(`grpc_server_handled_total{${labels},grpc_code="DeadlineExceeded"}`)).toBe(1)
    expect(value(`grpc_server_handled_total{${labels},grpc_code="_OTHER"}`)).toBe(2)
  })

  it("are _OTHER until one call of the method has ended OK: a backend may answer unknown paths with any other status", () => {
    end(begin("/made.Up/One"), { code: Code.Unimplemented })
    end(begin("/made.Up/Two"), { code: Code.Unavailable, isAnswered: false })
    for (const code of [Code.NotFound, Code.Internal, Code.Unauthenticated, 17]) end(begin("/made.Up/Three"), { code })
    expect(metrics.expose(upstreams)).not.toContain("made.Up")
    expect(value(`grpc_server_started_total{${otherLabels}}`)).toBe(6)
    expect(value(`grpc_server_handled_total{${otherLabels},grpc_code="Unimplemented"}`)).toBe(1)
  })

  it("keep their name once they have it", () => {
    end(begin(path))
    end(begin(path), { code: Code.Unimplemented })
    end(begin(path), { code: Code.Unavailable, isAnswered: false })
    expect(value(`grpc_server_started_total{${labels}}`)).toBe(3)
    expect(value(`grpc_server_handled_total{${labels},grpc_code="Unimplemented"}`)).toBe(1)
  })

  it("count as started once each, even those in progress when their method gets its name", () => {
    const [slow, lost] = [begin(path), begin(path)]
    expect(value(`grpc_server_started_total{${labels}}`)).toBeNull()
    end(begin(path))
    expect(value(`grpc_server_started_total{${labels}}`)).toBe(3)
    end(slow)
    end(lost, { code: Code.Canceled, isAnswered: false })
    expect(value(`grpc_server_started_total{${labels}}`)).toBe(3)
    expect(value(`grpc_server_started_total{${otherLabels}}`)).toBe(0)
  })

  it("never use a path of absurd length as a name", () => {
    end(begin(`/${"a".repeat(300)}/M`))
    expect(value(`grpc_server_handled_total{${otherLabels},grpc_code="OK"}`)).toBe(1)
  })

  it("are POSTs: a preflight of the same path is none", () => {
    end(begin(path, "OPTIONS"))
    expect(value(`grpc_server_started_total{${labels}}`)).toBeNull()
    expect(value(`grpc_server_started_total{${otherLabels}}`)).toBe(0)
  })
})

/** A path of 257 characters, too long for a name. */
const longestPath = (i: number): string => `/${"\\"}${String(i).padStart(8, "0")}${"x".repeat(240)}/M`

const names = (): Set<string> => new Set(metrics.expose(upstreams).match(/,rpc_method="[^"]*"/g))

const sumOf = (name: string): number =>
  metrics
    .expose(upstreams)
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0)

/** Calls junk paths, long ones and then short ones, until no more of them gets a name. */
function fill(outcome: Partial<CallRecord> = {}): void {
  for (let i = 0; i < 1_500; i++) end(begin(longestPath(i)), outcome)
  for (let i = 0; i < 10; i++) end(begin(`/${i}/x`), outcome)
}

describe("a backend that answers OK to every path", () => {
  it("cannot make a scrape larger than about five megabytes, whatever the paths and codes are", () => {
    for (let i = 0; i < 1_500; i++) end(begin(longestPath(i)))
    for (let i = 0; i < 500; i++) {
      for (let code = 0; code < 20; code++) end(begin(longestPath(i)), { code })
    }
    const bytes = Buffer.byteLength(metrics.expose(upstreams))
    expect(bytes).toBeLessThan(4_400_000)
    expect(bytes).toBeGreaterThan(2_000_000)
    expect(sumOf("grpc_server_handled_total")).toBe(11_500)
    expect(sumOf("grpc_server_started_total")).toBe(11_500)
  })

  it("cannot keep other methods from getting a name for longer than an hour", () => {
    fill()
    end(begin(path), { endedAt: 60_000 })
    expect(value(`grpc_server_started_total{${labels}}`)).toBeNull()
    end(begin(path), { endedAt: 3_700_000 })
    expect(value(`grpc_server_started_total{${labels}}`)).toBe(1)
    expect([...names()]).toEqual([',rpc_method="_OTHER"', ',rpc_method="api.v1.UserService/GetUser"'])
  })

  it("leaves all sums unchanged when methods lose their names", () => {
    fill({ endedAt: 2_000 })
    const families = [
      ...["grpc_server_started_total", "grpc_server_handled_total"],
      ...["sum", "count", "bucket"].map((part) => `rpc_server_call_duration_seconds_${part}`),
    ]
    const before = families.map(sumOf)
    const startedAt = 3_700_000
    end(Object.assign(begin(path), { startedAt }), { endedAt: startedAt })
    const added = families.map((family, i) => sumOf(family) - before[i])
    expect(added[0]).toBe(1)
    expect(added[1]).toBe(1)
    expect(added[2]).toBeCloseTo(0)
    expect(added.slice(3)).toEqual([1, 15])
  })

  it("takes no name from a method with a call in progress, or with a call within the last hour", () => {
    end(begin("/long.Stream/Watch"))
    const watching = begin("/long.Stream/Watch")
    end(begin("/busy.Service/Poll"))
    fill()
    end(begin("/busy.Service/Poll"), { endedAt: 3_000_000 })
    end(begin(path), { endedAt: 3_700_000 })
    expect(names()).toEqual(
      new Set(
        ["_OTHER", "long.Stream/Watch", "busy.Service/Poll", "api.v1.UserService/GetUser"].map(
          (name) => `,rpc_method="${name}"`,
        ),
      ),
    )
    end(watching)
    expect(sumOf("grpc_server_started_total")).toBe(sumOf("grpc_server_handled_total"))
  })
})

describe("all calls together", () => {
  it("are in flight between their beginning and their end, preflights and refusals too", () => {
    const [call, preflight] = [begin(path), begin(path, "OPTIONS")]
    expect(value("causeway_calls_in_flight")).toBe(2)
    end(call)
    end(preflight)
    expect(value("causeway_calls_in_flight")).toBe(0)
  })

  it("sum up their bytes and messages", () => {
    end(begin(path), { requestBytes: 10, replyBytes: 200, replyMessages: 2 })
    end(begin(path), { requestBytes: 1, replyBytes: 1, replyMessages: 1 })
    expect(value("causeway_request_bytes_total")).toBe(11)
    expect(value("causeway_reply_bytes_total")).toBe(201)
    expect(value("causeway_reply_messages_total")).toBe(3)
  })

  it("are refused before routing, or ended afterwards, each counted by reason", () => {
    end(begin(path), { error: new BridgeError("origin-refused", ""), upstream: null, isAnswered: false })
    end(begin(path), { error: new BridgeError("deadline-exceeded", "") })
    expect(value('causeway_refused_total{reason="origin-refused"}')).toBe(1)
    expect(value('causeway_ended_by_bridge_total{reason="deadline-exceeded"}')).toBe(1)
    expect(value('causeway_refused_total{reason="deadline-exceeded"}')).toBe(0)
  })

  it("have a series for every reason from the start", () => {
    const text = metrics.expose(upstreams)
    for (const reason of Object.keys(reasonTable)) {
      expect(text).toContain(`causeway_refused_total{reason="${reason}"} 0`)
      expect(text).toContain(`causeway_ended_by_bridge_total{reason="${reason}"} 0`)
    }
  })
})

describe("connections and sessions", () => {
  it("are counted as they open and close", () => {
    const { observer } = metrics
    observer.connectionOpened()
    observer.connectionOpened()
    observer.connectionClosed()
    observer.connectionRefused("max-connections")
    observer.sessionFailed("default", {
      endpoint: "http://b:1",
      address: null,
      why: "refused",
      cause: new Error("refused"),
    })
    observer.sessionOpened("default", "http://b:1", "1.2.3.4:1", 0)
    observer.sessionOpened("default", "http://b:1", "1.2.3.4:1", 0)
    observer.sessionClosed("default", { endpoint: "http://b:1", address: "1.2.3.4:1", why: "idle", cause: null })
    observer.crashed("here", new Error("x"), null)
    expect(value("causeway_connections_opened_total")).toBe(2)
    expect(value("causeway_connections_closed_total")).toBe(1)
    expect(value('causeway_connections_refused_total{reason="max-connections"}')).toBe(1)
    expect(value("causeway_connections_open")).toBe(1)
    expect(value('causeway_upstream_sessions_opened_total{upstream="default"}')).toBe(2)
    expect(value('causeway_upstream_sessions_closed_total{upstream="default"}')).toBe(1)
    expect(value('causeway_upstream_sessions_failed_total{upstream="default"}')).toBe(1)
    expect(value("causeway_upstream_sessions_open")).toBe(1)
    expect(value("causeway_crashes_total")).toBe(1)
  })
})

describe("the copies of calls for mirrors", () => {
  it("are counted by outcome, each present from the first copy on", () => {
    const { observer } = metrics
    observer.mirrorStarted("next")
    observer.mirrorStarted("next")
    expect(value("causeway_mirror_calls_in_flight")).toBe(2)
    observer.mirrorEnded("next", "slow-backend")
    expect(value("causeway_mirror_calls_in_flight")).toBe(1)
    expect(value('causeway_mirror_calls_total{upstream="next",outcome="slow-backend"}')).toBe(1)
    expect(value('causeway_mirror_calls_total{upstream="next",outcome="finished"}')).toBe(0)
  })
})

describe("the process", () => {
  it("shows its CPU, memory, age and event loop delay", () => {
    expect(value("process_cpu_seconds_total")).toBeGreaterThan(0)
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6)
    expect(value("process_start_time_seconds")).toBeLessThanOrEqual(Date.now() / 1_000)
    expect(value("causeway_event_loop_delay_max_seconds")).toBeGreaterThanOrEqual(0)
    expect(value("causeway_event_loop_delay_p99_seconds")).toBeGreaterThanOrEqual(0)
  })
})

it("writes only lines that Prometheus can read", () => {
  end(begin('/a"b\n.C/é\\'))
  const sample = /^[a-z_][a-z0-9_]*(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? (\d+(\.\d+)?(e-?\d+)?|\+Inf|NaN)$/
  const comment = /^# (HELP [a-z0-9_]+ .+|TYPE [a-z0-9_]+ (counter|gauge|histogram))$/
  const text = metrics.expose(upstreams)
  expect(text.endsWith("\n")).toBe(true)
  for (const line of text.trimEnd().split("\n")) expect(line).toMatch(line.startsWith("#") ? comment : sample)
})
