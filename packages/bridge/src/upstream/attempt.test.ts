import { MetadataList } from "@causeway/protocol"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Timed } from "../core/call.ts"
import type { BridgeError } from "../core/errors.ts"
import type { Reply, Status } from "../core/reply.ts"
import type { UpstreamStream } from "../core/upstream-stream.ts"
import type { StreamRequester } from "../core/upstream.ts"
import { attempt } from "./attempt.ts"
import { anyEndpoint } from "../../test/support/requester.ts"

const head = ["content-type", "application/grpc+proto", "x", "1"]

/** An attempt whose backend is this test. */
function scene(call: Partial<Timed> = {}) {
  const events: string[] = []
  const undo: ((end: Status) => void)[] = []
  let requester: StreamRequester | null = null
  const told = (name: string) => (value?: unknown) =>
    void events.push(value === undefined ? name : `${name} ${value as string | number}`)
  const stream = Object.fromEntries(
    ["start", "write", "end", "pause", "resume", "reset"].map((name) => [name, told(name)]),
  ) as unknown as UpstreamStream
  const timed = {
    path: "/a/B",
    suffix: "+proto",
    encoding: null,
    deadline: Infinity,
    previousAttempts: 0,
    metadata: new MetadataList(["x-a", "1", "x-a", "2"]),
    record: { attempts: 0, isAnswered: false },
    request: { attach: () => {}, upstreamDrained: () => events.push("upstreamDrained") },
    route: {
      upstream: {
        acquire: (one: StreamRequester) => (requester = one),
        release: () => events.push("release"),
      },
    },
    onEnd: (fn: (end: Status) => void) => void undo.push(fn),
    crashed: told("crashed"),
    ...call,
  } as unknown as Timed
  const outcomes: string[] = []
  const endpoint = {
    ...anyEndpoint,
    attemptEnded: (code: number, fields: readonly string[]) => void outcomes.push([code, ...fields].join(" ")),
  }
  const result = attempt(timed)
  result.catch(() => {})
  return {
    events,
    outcomes,
    timed,
    result,
    end: (code?: number) => undo.forEach((fn) => fn({ code } as Status)),
    get requester(): StreamRequester | null {
      return requester
    },
    open(): StreamRequester {
      const found = requester as unknown as StreamRequester
      found.opened(stream, endpoint)
      return found
    },
  }
}

/** Reads a reply to its end. */
function read(reply: Reply): { data: string[]; ends: Status[]; cancel: () => void } {
  const data: string[] = []
  const ends: Status[] = []
  if (reply.kind !== "stream") throw new Error("no stream")
  reply.source.start({ data: (bytes) => void data.push(String(bytes)), end: (status) => void ends.push(status) })
  return { data, ends, cancel: () => reply.source.cancel({} as BridgeError) }
}

describe("an attempt's request", () => {
  it("has the number of attempts before it, beside the upstream's credentials and in place of the client's", () => {
    const { requester } = scene({
      previousAttempts: 3,
      metadata: new MetadataList(["grpc-previous-rpc-attempts", "2", "x-a", "1"]),
    })
    const fields = requester?.fields({ ...anyEndpoint, credentials: ["x-b", "2"] })
    expect(fields?.slice(14)).toEqual(["x-a", "1", "x-b", "2", "grpc-previous-rpc-attempts", "3"])
  })

  it("has the upstream's credentials in place of the client's", () => {
    const { requester } = scene()
    const fields = requester?.fields({ ...anyEndpoint, credentials: ["x-a", "3", "authorization", "Bearer t"] })
    expect(fields?.slice(14)).toEqual(["x-a", "3", "authorization", "Bearer t"])
  })

  it("is gRPC's, with the metadata unchanged, and announces no compression that the client could not read", () => {
    const { requester } = scene()
    expect(requester?.fields(anyEndpoint)).toEqual([
      ...[":method", "POST", ":scheme", "http", ":path", "/a/B", ":authority", "b:1"],
      ...["te", "trailers", "content-type", "application/grpc+proto", "grpc-accept-encoding", "identity"],
      ...["x-a", "1", "x-a", "2"],
    ])
  })

  it("names the encoding, the remaining time, and the encodings that the client accepts, once each", () => {
    const metadata = new MetadataList(["grpc-accept-encoding", "gzip"])
    const { requester } = scene({ metadata, encoding: "gzip", deadline: performance.now() + 5_000 })
    const fields = requester?.fields(anyEndpoint) ?? []
    const valuesOf = (name: string): string[] => fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === name)
    expect(valuesOf("grpc-accept-encoding")).toEqual(["gzip"])
    expect(valuesOf("grpc-encoding")).toEqual(["gzip"])
    expect(valuesOf("grpc-timeout")).toEqual([expect.stringMatching(/^4\d{6}u$/)])
  })
})

describe("an attempt", () => {
  it("fails its call alone when the reply's reader throws at an end that came before it", async () => {
    const one = scene()
    const requester = one.open()
    requester.head(200, head, false)
    requester.end(["grpc-status", "0"])
    const reply = await one.result
    if (reply.kind !== "stream") throw new Error("no stream")
    const thrown = new Error("reader")
    reply.source.start({
      data() {},
      end() {
        throw thrown
      },
    })
    await new Promise(setImmediate)
    expect(one.events).toContain("crashed upstream")
  })

  it("returns the stream of the backend's reply, and its status at the end", async () => {
    const { open, result, events, timed } = scene()
    const backend = open()
    backend.head(200, head, false)
    const reply = read(await result)
    expect(events).toEqual(["start"])
    backend.data(Buffer.from("m"))
    backend.end(["grpc-status", "5"])
    backend.end(["grpc-status", "0"])
    expect(reply).toMatchObject({ data: ["m"], ends: [expect.objectContaining({ code: 5, error: null })] })
    expect(timed.record).toMatchObject({ attempts: 1, isAnswered: true })
  })

  it("keeps an end that came before the reply was read", async () => {
    const { open, result } = scene()
    const backend = open()
    backend.head(200, head, false)
    backend.lost({ kind: "connection", code: 0, wasProcessed: "maybe", cause: null })
    const reply = read(await result)
    expect(reply.ends).toEqual([])
    await new Promise((resolve) => setImmediate(resolve))
    expect(reply.ends).toEqual([expect.objectContaining({ code: 14 })])
  })

  it("is a status alone when the head is the last (Trailers-Only)", async () => {
    const { open, result, events, end } = scene()
    open().head(200, [...head, "grpc-status", "7", "grpc-message", "no"], true)
    expect(await result).toMatchObject({ kind: "status", status: { code: 7, message: "no" } })
    end()
    expect(events).toEqual([])
  })

  it("takes a CANCEL shortly before the deadline for the deadline, and an earlier CANCEL for a cancel (C43)", async () => {
    const cancel = { kind: "reset", code: 8, wasProcessed: "maybe", cause: null } as const
    const late = scene({ deadline: performance.now() + 3 })
    late.open().lost(cancel)
    await expect(late.result).rejects.toMatchObject({ reason: "deadline-exceeded", code: 4 })
    const early = scene({ deadline: performance.now() + 5_000 })
    early.open().lost(cancel)
    await expect(early.result).rejects.toMatchObject({ reason: "backend-reset", code: 1 })
  })

  it("leaves the queue when the call ends before a stream was found, and requests no stream for a call that is over", () => {
    const waiting = scene()
    waiting.end()
    expect(waiting.events).toEqual(["release"])
    const over = scene({ onEnd: (fn) => fn({} as Status) })
    expect(over.requester).toBeNull()
  })

  it("resets its stream with CANCEL when the call ends, once, in every state", async () => {
    const asked = scene()
    asked.open()
    asked.end()
    expect(asked.events).toEqual(["reset 8"])

    const replying = scene()
    replying.open().head(200, head, false)
    const reply = read(await replying.result)
    reply.cancel()
    replying.end()
    expect(replying.events).toEqual(["start", "reset 8"])
    expect(reply.ends).toEqual([])

    const nonGrpc = scene()
    nonGrpc.open().head(503, ["content-type", "text/html"], false)
    nonGrpc.end()
    expect(nonGrpc.events).toEqual(["start", "reset 8"])
  })

  it("resets nothing after the backend's end", async () => {
    const { open, result, events, end } = scene()
    const backend = open()
    backend.head(200, head, false)
    read(await result)
    backend.end(["grpc-status", "0"])
    end()
    expect(events).toEqual(["start"])
  })

  it("passes on back-pressure and defects", () => {
    const { open, events } = scene()
    const backend = open()
    backend.drained()
    backend.crashed("defect")
    expect(events).toEqual(["upstreamDrained", "crashed upstream"])
  })
})

describe("the endpoint of an attempt", () => {
  const trailers = ["grpc-status", "0", "x", "1"]

  it.each<[string, string[], (requester: StreamRequester) => void]>([
    ["trailers", ["0 grpc-status 0 x 1"], (to) => (to.head(200, head, false), to.end(trailers))],
    [
      "a status in the head",
      ["5 content-type application/grpc grpc-status 5"],
      (to) => to.head(200, ["content-type", "application/grpc", "grpc-status", "5"], true),
    ],
    ["trailers without a status", ["2 x 1"], (to) => (to.head(200, head, false), to.end(["x", "1"]))],
    ["a lost connection", ["14"], (to) => to.lost({ kind: "connection", code: 0, wasProcessed: "maybe", cause: null })],
    [
      "a stream that the backend never saw",
      [],
      (to) => to.lost({ kind: "reset", code: 7, wasProcessed: "no", cause: null }),
    ],
    ["an answer that is not gRPC", ["14"], (to) => to.head(503, [], true)],
  ])("is told of %s once", (_words, outcomes, act) => {
    const one = scene()
    act(one.open())
    one.end(4)
    expect(one.outcomes).toEqual(outcomes)
  })

  it("learns of a deadline that passes before any answer, and of no other end of the call", () => {
    for (const [code, isAnswered, outcomes] of [
      [4, false, ["4"]],
      [1, false, []],
      [4, true, []],
    ] as const) {
      const one = scene()
      const requester = one.open()
      if (isAnswered) requester.head(200, head, false)
      one.end(code)
      expect(one.outcomes).toEqual(outcomes)
    }
  })
})

describe("an attempt's own time", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const limited = (): ReturnType<typeof scene> => {
    const one = scene()
    Object.assign(one.timed.route, { retry: { perAttemptMs: 100 } })
    return one
  }

  it("begins with its stream, ends it alone, and is the endpoint's failure", async () => {
    const one = limited()
    vi.advanceTimersByTime(1_000)
    one.open()
    vi.advanceTimersByTime(99)
    expect(one.events).toEqual([])
    vi.advanceTimersByTime(1)
    await expect(one.result).rejects.toMatchObject({ reason: "attempt-timeout", code: 14 })
    expect([one.events, one.outcomes]).toEqual([["reset 8"], ["4"]])
    one.end(4)
    expect(one.outcomes).toEqual(["4"])
  })

  it.each<[string, (to: StreamRequester, end: () => void) => void]>([
    ["the response headers", (to) => to.head(200, head, false)],
    ["a status", (to) => to.head(200, ["grpc-status", "0", ...head], true)],
    ["a loss", (to) => to.lost({ kind: "connection", code: 0, wasProcessed: "maybe", cause: null })],
    ["the end of the call", (_to, end) => end()],
  ])("ends with %s", (_words, act) => {
    const one = limited()
    act(one.open(), () => one.end(1))
    expect(vi.getTimerCount()).toBe(0)
  })
})
