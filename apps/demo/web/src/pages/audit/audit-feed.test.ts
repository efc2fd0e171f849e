import { create } from "@bufbuild/protobuf"
import { RpcError } from "@causeway/client"
import { type WatchResponse, WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { createHeldClock, settle } from "../../api/held-clock.ts"
import { createAuditFeed, maxEntries } from "./audit-feed.ts"

const event = (sequence: number, isBacklog = false) =>
  create(WatchResponseSchema, { event: { cursor: `c${sequence}`, sequence: BigInt(sequence) }, isBacklog })
const caughtUp = create(WatchResponseSchema, { caughtUp: { cursor: "now" } })
const cut = new RpcError("the connection broke", Code.Unavailable, { source: "network" })
const gone = new RpcError("no longer kept", Code.OutOfRange, { source: "server" })

/** A feed whose calls answer one after the other with these messages; an error ends its call, without one it stays open. */
function setUp(...answers: readonly (WatchResponse | RpcError)[][]) {
  const clock = createHeldClock()
  const cursors: string[] = []
  const scheduled: (() => void)[] = []
  async function* answer(messages: readonly (WatchResponse | RpcError)[], signal: AbortSignal) {
    for (const message of messages) {
      if (message instanceof RpcError) throw message
      yield message
    }
    await new Promise((resolve) => signal.addEventListener("abort", resolve))
  }
  const feed = createAuditFeed({
    open(cursor, signal) {
      cursors.push(cursor)
      return answer(answers[cursors.length - 1] ?? [], signal)
    },
    cursorAfter: (message) => message.event?.cursor ?? message.caughtUp?.cursor ?? "",
    schedule: (work) => scheduled.push(work),
    clock,
    random: () => 1,
  })
  const shown = () =>
    feed.getSnapshot().entries.map((entry) => (entry.kind === "gap" ? "gap" : Number(entry.event.sequence)))
  return { feed, clock, cursors, scheduled, shown }
}

describe("the audit feed", () => {
  it("shows the newest first, and is live when the backlog has come", async () => {
    const { feed, shown } = setUp([event(1, true), event(2, true), caughtUp, event(3)])
    feed.start()
    await settle()
    expect(shown()).toEqual([3, 2, 1])
    expect(feed.getSnapshot()).toMatchObject({
      state: { kind: "open" },
      isLive: true,
      receivedCount: 3,
      resumeCount: 0,
    })
  })

  it("goes on after the last event when it was cut, and counts it", async () => {
    const { feed, clock, cursors, shown } = setUp([event(1), event(2), cut], [event(3), caughtUp])
    feed.start()
    await settle()
    expect(feed.getSnapshot().state).toEqual({ kind: "waiting", untilMs: 1_000, error: cut })
    await clock.advance(1_000)
    expect(cursors).toEqual(["", "c2"])
    expect(shown()).toEqual([3, 2, 1])
    expect(feed.getSnapshot()).toMatchObject({ receivedCount: 3, resumeCount: 1 })
  })

  it("counts one resumption however many tries it took, and none for a stop in between", async () => {
    const { feed, clock } = setUp([event(1), cut], [cut], [event(2)], [event(3)])
    feed.start()
    await settle()
    await clock.advance(1_000)
    await clock.advance(2_000)
    expect(feed.getSnapshot()).toMatchObject({ receivedCount: 2, resumeCount: 1 })
    feed.stop()
    feed.start()
    await settle()
    expect(feed.getSnapshot()).toMatchObject({ receivedCount: 3, resumeCount: 1 })
  })

  it("goes on from where the backlog ended when it was cut before the first live event", async () => {
    const { feed, clock, cursors } = setUp([caughtUp, cut], [caughtUp])
    feed.start()
    await settle()
    await clock.advance(1_000)
    expect(cursors).toEqual(["", "now"])
  })

  it("keeps its list and its place while it is stopped", async () => {
    const { feed, cursors, shown } = setUp([event(1)], [event(2)])
    feed.start()
    await settle()
    feed.stop()
    expect(shown()).toEqual([1])
    feed.start()
    await settle()
    expect(cursors).toEqual(["", "c1"])
    expect(shown()).toEqual([2, 1])
    expect(feed.getSnapshot().resumeCount).toBe(0)
  })

  it("marks the place where the service no longer has what came in between", async () => {
    const { feed, shown } = setUp([event(1), gone], [event(90)])
    feed.start()
    await settle()
    expect(shown()).toEqual([90, "gap", 1])
  })

  it("keeps a bounded list and counts what it dropped", async () => {
    const count = maxEntries + 5
    const { feed, shown } = setUp(Array.from({ length: count }, (_, index) => event(index + 1)))
    feed.start()
    await settle()
    expect(shown()).toHaveLength(maxEntries)
    expect(shown().at(0)).toBe(count)
    expect(feed.getSnapshot().receivedCount).toBe(count)
  })

  it("asks for one rendering however many events come before it", async () => {
    const { feed, scheduled } = setUp([event(1), event(2), event(3)])
    let renderings = 0
    feed.subscribe(() => (renderings += 1))
    feed.start()
    await settle()
    expect(scheduled).toHaveLength(1)
    scheduled.forEach((work) => work())
    expect(renderings).toBe(1)
  })
})
