import { emptyMetadata } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import type { Handler, Timed } from "../core/call.ts"
import { FlushTurn } from "../core/flush-turn.ts"
import type { Reply, Status } from "../core/reply.ts"
import type { RequestCopy } from "../core/request-body.ts"
import { StallClock } from "../core/stall-clock.ts"
import type { StreamRequester } from "../core/upstream.ts"
import { mirror } from "./mirror.ts"

const defect = new Error("injected")

/** A stage before a call whose mirror does as it is told. */
function scene(share: number | null, random: () => number, acquire: (requester: StreamRequester) => void = () => {}) {
  const events: string[] = []
  const ends: ((end: Status) => void)[] = []
  const request: { copy: RequestCopy | null } = { copy: null }
  const upstream = {
    name: "next",
    acquire: (requester: StreamRequester) => {
      events.push("acquire")
      acquire(requester)
    },
    release: () => void events.push("release"),
  }
  const call = {
    route: { mirror: share === null ? null : { upstream, hash: null, share }, timeouts: { maxMs: null } },
    path: "/a.B/C",
    suffix: "+proto",
    metadata: emptyMetadata,
    encoding: null,
    deadline: Infinity,
    record: { clientAddress: "2001:db8::1", startedAt: 0 },
    request,
    onEnd: (undo: (end: Status) => void) => void ends.push(undo),
  } as unknown as Timed
  const observer = {
    mirrorStarted: (name: string) => void events.push(`started ${name}`),
    mirrorEnded: (name: string, outcome: string) => void events.push(`ended ${name} ${outcome}`),
    crashed: (where: string, cause: unknown) => void events.push(`crashed ${where} ${String(cause)}`),
  }
  const reply = Promise.resolve({} as Reply)
  const next: Handler<Timed> = () => {
    events.push("next")
    return reply
  }
  const stalls = new StallClock({ stallTimeoutMs: 1_000, maxBufferedBytes: 1_000_000 })
  const stage = mirror({ turn: new FlushTurn(), stalls, observer }, next, random)
  const end = (status: Partial<Status> = { error: null }): void => ends.forEach((undo) => undo(status as Status))
  return { events, request, reply, run: () => stage(call), end, stalls }
}

describe("mirror", () => {
  it("does nothing on a route without a mirror", () => {
    const { run, reply, events, request } = scene(null, () => 0)
    expect(run()).toBe(reply)
    expect([events, request.copy]).toEqual([["next"], null])
  })

  it.each([
    [0.25, 0.2499, true],
    [0.25, 0.25, false],
    [1, 0.9999, true],
    [0, 0, false],
  ])("with a share of %d and the random number %d copies the call: %s", (share, random, isCopied) => {
    const { run, events } = scene(share, () => random)
    void run()
    expect(events.includes("started next")).toBe(isCopied)
  })

  it("lets the call ask for its stream first", () => {
    const { run, events } = scene(1, () => 0)
    void run()
    expect(events).toEqual(["next", "started next", "acquire"])
  })

  it("lets no defect of a copy reach its call", () => {
    const throwing = (): void => {
      throw defect
    }
    const { run, reply, events } = scene(1, () => 0, throwing)
    expect(run()).toBe(reply)
    expect(events).toEqual([
      "next",
      "started next",
      "acquire",
      "crashed mirror Error: injected",
      "ended next internal",
      "release",
    ])
  })

  it("gives the place in the queue back when the call ends before the copy has a stream", () => {
    const { run, events, end, stalls } = scene(1, () => 0)
    void run()
    end()
    expect(events.slice(3)).toEqual(["ended next call-ended", "release"])
    expect(stalls.size).toBe(0)
  })

  it("counts the copies of a client as a client of their own, whatever its address", () => {
    const addresses: string[] = []
    const { run } = scene(
      1,
      () => 0,
      ({ clientAddress }) => void addresses.push(clientAddress),
    )
    void run()
    expect(addresses).toEqual(["copies of 2001-db8-0-0--/64"])
  })

  it("holds the request of a copy that waits for its stream, up to 1 MiB", () => {
    const { run, events, request, stalls } = scene(1, () => 0)
    void run()
    for (let bytes = 0; bytes < 1_000_000; bytes += 100_000) request.copy?.write(Buffer.alloc(100_000))
    expect(stalls.heldBytes).toBeGreaterThanOrEqual(1_000_000)
    request.copy?.write(Buffer.alloc(100_000))
    expect(events.slice(3)).toEqual(["ended next buffer-limit", "release"])
    request.copy?.write(Buffer.alloc(100_000))
    request.copy?.complete()
    expect([stalls.heldBytes, stalls.size]).toEqual([0, 0])
  })
})
