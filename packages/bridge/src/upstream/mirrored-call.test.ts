import { MetadataList } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { anyEndpoint } from "../../test/support/requester.ts"
import { Sink, turnEnd } from "../../test/support/request-scene.ts"
import type { Timed } from "../core/call.ts"
import type { Reason } from "../core/errors.ts"
import { BridgeError } from "../core/errors.ts"
import { FlushTurn } from "../core/flush-turn.ts"
import { statusOf } from "../core/reply.ts"
import { StallClock } from "../core/stall-clock.ts"
import { MirroredCall } from "./mirrored-call.ts"

class MirrorStream extends Sink {
  readonly resets: number[] = []
  isStarted = false

  override start(): void {
    this.isStarted = true
  }

  override reset(code?: number): void {
    this.resets.push(code ?? -1)
  }
}

/** A copy that has begun, and the parts around it. The stall timeout is 1,000 ms. */
function scene(changes: Partial<Timed> = {}) {
  const outcomes: string[] = []
  const codes: number[] = []
  const call = {
    route: { host: "users.internal", timeouts: { maxMs: null } },
    path: "/a.B/C",
    suffix: "+proto",
    metadata: new MetadataList(["x-user", "7"]),
    encoding: "gzip",
    deadline: Infinity,
    previousAttempts: 0,
    record: { clientAddress: "192.0.2.1", startedAt: 0 },
    ...changes,
  } as unknown as Timed
  let now = 0
  const stalls = new StallClock({ stallTimeoutMs: 1_000, maxBufferedBytes: 10_000_000 }, () => now)
  const upstream = { name: "next", acquire() {}, release() {} } as unknown as Timed["route"]["upstream"]
  const observer = {
    mirrorStarted() {},
    mirrorEnded: (_upstream: string, outcome: string) => void outcomes.push(outcome),
    crashed: (_where: string, cause: unknown) => void outcomes.push(String(cause)),
  }
  const copy = new MirroredCall(call, { upstream, hash: null, share: 1 }, { turn: new FlushTurn(), stalls, observer })
  copy.begin()
  const stream = new MirrorStream()
  const endpoint = { ...anyEndpoint, attemptEnded: (code: number) => void codes.push(code) }
  const open = (): void => copy.opened(stream, endpoint)
  const at = (ms: number): void => {
    now = ms
    stalls.sweep()
  }
  return {
    copy,
    call,
    stream,
    outcomes,
    codes,
    stalls,
    open,
    at,
    write: (text: string) => copy.write(Buffer.from(text)),
  }
}

const ended = (reason: Reason | null) =>
  reason === null
    ? { ...statusOf(new BridgeError("internal", "")), error: null }
    : statusOf(new BridgeError(reason, ""))

describe("the request of a copy", () => {
  it("has the call's fields, not those of its retries", () => {
    const { copy, call } = scene()
    call.previousAttempts = 2
    const fields = copy.fields(anyEndpoint)
    expect(fields.slice(4)).toEqual(
      [
        [":path", "/a.B/C", ":authority", "users.internal", "te", "trailers", "content-type", "application/grpc+proto"],
        ["grpc-encoding", "gzip", "grpc-accept-encoding", "identity", "x-user", "7"],
      ].flat(),
    )
  })

  it("waits for a stream, then leaves in one write, with its end", () => {
    const { copy, write, stream, stalls, open } = scene()
    write("one")
    write("two")
    copy.complete()
    expect([stalls.size, stalls.heldBytes > 6]).toEqual([1, true])
    open()
    expect(stream.written).toEqual(["onetwo", null])
    expect(stalls.size).toBe(0)
  })

  it("leaves in one write for each turn while the mirror reads", async () => {
    const { write, stream, stalls, open } = scene()
    open()
    write("one")
    write("two")
    expect(stream.written).toEqual([])
    await turnEnd()
    expect(stream.written).toEqual(["onetwo"])
    expect(stalls.size).toBe(0)
  })

  it("is held while the mirror does not read, and goes on when it does", async () => {
    const { copy, write, stream, stalls, open } = scene()
    open()
    stream.takes = false
    write("one")
    await turnEnd()
    write("two")
    copy.complete()
    expect([stream.written, stalls.size]).toEqual([["one"], 1])
    stream.takes = true
    copy.drained()
    expect([stream.written, stalls.size]).toEqual([["one", "two", null], 0])
  })

  it("goes on to a mirror that is late, within the time that is left", async () => {
    const { copy, write, stream, outcomes, open, at } = scene()
    open()
    stream.takes = false
    write("one")
    await turnEnd()
    write("two")
    copy.complete()
    copy.callEnded(ended(null))
    stream.takes = true
    copy.drained()
    expect(stream.written).toEqual(["one", "two", null])
    at(999)
    expect(outcomes).toEqual([])
    at(1_000)
    expect([outcomes, stream.resets]).toEqual([["slow-backend"], [8]])
  })

  it("ends with whole messages before a bad one", () => {
    const { copy, write, stream, outcomes, open } = scene()
    open()
    write("whole")
    copy.callEnded(ended("bad-frame"))
    expect([stream.written, stream.resets, outcomes]).toEqual([["whole"], [8], ["call-ended"]])
  })
})

describe("the end of a copy", () => {
  it.each([
    ["at the call's deadline", { deadline: 400 }],
    ["at the route's limit", { route: { host: null, timeouts: { maxMs: 400 } } as unknown as Timed["route"] }],
  ])("comes %s, and is told to the endpoint that has not answered", (_when, changes) => {
    const { copy, outcomes, codes, open, at, stream } = scene(changes)
    open()
    copy.complete()
    copy.callEnded(ended(null))
    at(399)
    expect(outcomes).toEqual([])
    at(400)
    expect([outcomes, codes, stream.resets]).toEqual([["deadline-exceeded"], [4], [8]])
  })

  it("is no failure of an endpoint that has begun to answer", () => {
    const { copy, outcomes, codes, open } = scene()
    open()
    copy.head(200, [], false)
    copy.callEnded(ended("deadline-exceeded"))
    expect([outcomes, codes]).toEqual([["deadline-exceeded"], []])
  })

  it.each<[string, number, string[], number]>([
    ["a status in the head", 200, ["grpc-status", "0"], 0],
    ["an error", 200, ["grpc-status", "5"], 5],
    ["no status", 200, [], 2],
    ["a status that is no number", 200, ["grpc-status", "x"], 2],
    ["an HTTP error", 503, [], 14],
  ])("is %s, which the endpoint's health counts", (_what, httpStatus, fields, code) => {
    for (const isLast of [true, false]) {
      const { copy, stream, outcomes, codes, open, stalls } = scene()
      open()
      copy.complete()
      copy.head(httpStatus, fields, isLast)
      expect(stream.isStarted).toBe(!isLast)
      if (!isLast) copy.end(fields)
      copy.callEnded(ended(null))
      expect([outcomes, codes, stream.resets, stalls.size]).toEqual([["finished"], [code], [], 0])
    }
  })

  it("counts a lost stream as the endpoint's failure, unless the endpoint has not seen it", () => {
    const lost = (wasProcessed: "no" | "maybe"): unknown => {
      const { copy, outcomes, codes, open } = scene()
      open()
      copy.lost({ kind: "reset", code: 2, wasProcessed, cause: null })
      copy.callEnded(ended(null))
      return [outcomes, codes]
    }
    expect(lost("maybe")).toEqual([["lost"], [13]])
    expect(lost("no")).toEqual([["lost"], []])
  })

  it("comes at once for the memory of calls, and once only", () => {
    const { copy, outcomes, write, stalls } = scene()
    write("one")
    copy.stalled("too-much")
    copy.stalled("too-long")
    copy.callEnded(ended("client-gone"))
    expect([outcomes, stalls.heldBytes]).toEqual([["buffer-limit"], 0])
  })

  it("leaves nothing to a stream that throws but a report", async () => {
    const { copy, outcomes, stream, open, write } = scene()
    open()
    stream.write = () => {
      throw new Error("injected")
    }
    write("one")
    copy.complete()
    expect([outcomes, stream.resets]).toEqual([["Error: injected", "internal"], [8]])
    await turnEnd()
  })
})
