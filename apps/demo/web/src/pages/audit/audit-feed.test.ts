import { create } from "@bufbuild/protobuf"
import { RpcError } from "@causeway/client"
import { type WatchResponse, WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { resumingWatch } from "../../api/audit-watch.ts"
import { createAuditFeed, maxEntries } from "./audit-feed.ts"

const event = (sequence: number, isBacklog = false) =>
  create(WatchResponseSchema, { event: { cursor: `c${sequence}`, sequence: BigInt(sequence) }, isBacklog })
const caughtUp = create(WatchResponseSchema, { caughtUp: { cursor: "now" } })
const cut = new RpcError("the connection broke", Code.Unavailable, { source: "network" })
const gone = new RpcError("no longer kept", Code.OutOfRange, { source: "server" })
const forbidden = new RpcError("not you", Code.PermissionDenied, { source: "server" })

/** A feed whose calls answer one after the other with these messages; an error ends its call, without one it stays open. */
function setUp(...answers: readonly (WatchResponse | RpcError)[][]) {
  const cursors: string[] = []
  const scheduled: (() => void)[] = []
  const taken: number[] = []
  async function* answer(messages: readonly (WatchResponse | RpcError)[], signal: AbortSignal | undefined) {
    for (const message of messages) {
      if (message instanceof RpcError) throw message
      if (message.event !== undefined) taken.push(Number(message.event.sequence))
      yield message
    }
    await new Promise((resolve) => signal?.addEventListener("abort", resolve))
  }
  // Waits that take no time.
  const clock = { nowMs: () => 0, wait: async () => {} }
  const watch = resumingWatch(
    ({ cursor = "" }, options) => {
      cursors.push(cursor)
      return answer(answers[cursors.length - 1] ?? [], options?.signal)
    },
    { clock },
  )
  const feed = createAuditFeed({ watch, schedule: (work) => scheduled.push(work) })
  const shown = () =>
    feed.getSnapshot().entries.map((entry) => (entry.kind === "gap" ? "gap" : Number(entry.event.sequence)))
  return { feed, cursors, scheduled, taken, shown }
}

describe("the audit feed", () => {
  it("shows the newest first, and is live when the backlog has come", async () => {
    const { feed, shown } = setUp([event(1, true), event(2, true), caughtUp, event(3)])
    feed.start()
    await expect.poll(shown).toEqual([3, 2, 1])
    expect(feed.getSnapshot()).toMatchObject({
      state: { kind: "open" },
      isLive: true,
      receivedCount: 3,
      resumeCount: 0,
      proof: { expected: 4n, lost: 0n, repeated: 0n },
    })
  })

  it("goes on after the last event when it was cut, and proves that nothing is missing", async () => {
    const { feed, cursors, shown } = setUp([event(1), event(2), cut], [event(3), caughtUp])
    feed.start()
    await expect.poll(shown).toEqual([3, 2, 1])
    expect(cursors).toEqual(["", "c2"])
    expect(feed.getSnapshot()).toMatchObject({ receivedCount: 3, resumeCount: 1 })
    expect(feed.getSnapshot().proof).toEqual({ expected: 4n, lost: 0n, repeated: 0n })
  })

  it("goes on after the bridge has ended a call that a long pause left unread", async () => {
    const unread = new RpcError("not read for too long", Code.ResourceExhausted, {
      source: "server",
      reason: "slow-reader",
    })
    const { feed, cursors, shown } = setUp([event(1), unread], [event(2)])
    feed.start()
    await expect.poll(shown).toEqual([2, 1])
    expect(cursors).toEqual(["", "c1"])
  })

  it("counts one resumption however many tries it took, and none for a stop in between", async () => {
    const { feed, shown } = setUp([event(1), cut], [cut], [event(2)], [event(3)])
    feed.start()
    await expect.poll(shown).toEqual([2, 1])
    expect(feed.getSnapshot().resumeCount).toBe(1)
    feed.stop()
    feed.start()
    await expect.poll(shown).toEqual([3, 2, 1])
    expect(feed.getSnapshot().resumeCount).toBe(1)
  })

  it("goes on from where the backlog ended when it was cut before the first live event", async () => {
    const { feed, cursors } = setUp([caughtUp, cut], [caughtUp])
    feed.start()
    await expect.poll(() => cursors).toEqual(["", "now"])
  })

  it("keeps its list and its place while it is stopped", async () => {
    const { feed, cursors, shown } = setUp([event(1)], [event(2)])
    feed.start()
    await expect.poll(shown).toEqual([1])
    feed.stop()
    expect(feed.getSnapshot().state).toEqual({ kind: "closed", error: null })
    feed.start()
    await expect.poll(shown).toEqual([2, 1])
    expect(cursors).toEqual(["", "c1"])
  })

  it("reads nothing while it is paused, on the same call, and goes on where it was", async () => {
    const { feed, cursors, taken, shown } = setUp(Array.from({ length: 20 }, (_, index) => event(index + 1)))
    feed.start()
    feed.pause()
    await expect.poll(shown).toEqual([1])
    // One message ahead, by which resumable() sees a cut.
    expect(taken.length).toBeLessThanOrEqual(3)
    expect(feed.getSnapshot()).toMatchObject({ isPaused: true, state: { kind: "open" } })
    feed.resume()
    await expect.poll(() => shown().length).toBe(20)
    expect(cursors).toEqual([""])
    expect(feed.getSnapshot().proof).toEqual({ expected: 21n, lost: 0n, repeated: 0n })
  })

  it("can be paused after it was stopped and started again", async () => {
    const { feed, cursors, taken } = setUp(
      [],
      Array.from({ length: 20 }, (_, index) => event(index + 1)),
    )
    feed.start()
    await expect.poll(() => cursors.length).toBe(1)
    feed.stop()
    feed.start()
    await expect.poll(() => taken.length).toBeGreaterThan(0)
    feed.pause()
    expect(feed.getSnapshot().isPaused).toBe(true)
  })

  it("can be stopped while it is paused", async () => {
    const { feed, cursors, shown } = setUp([event(1), event(2), event(3)], [event(2)])
    feed.start()
    feed.pause()
    await expect.poll(shown).toEqual([1])
    feed.stop()
    feed.start()
    await expect.poll(shown).toEqual([2, 1])
    expect(cursors).toEqual(["", "c1"])
  })

  it("marks the place where the service no longer has what came in between", async () => {
    const { feed, cursors, shown } = setUp([event(1), gone], [event(90)])
    feed.start()
    await expect.poll(shown).toEqual([90, "gap", 1])
    expect(cursors).toEqual(["", ""])
    // Told by the service: nothing that was lost on the way.
    expect(feed.getSnapshot().proof).toEqual({ expected: 91n, lost: 0n, repeated: 0n })
  })

  it("counts what a service leaves out or repeats", async () => {
    const { feed, shown } = setUp([event(1), event(4), event(2)])
    feed.start()
    await expect.poll(shown).toEqual([2, 4, 1])
    expect(feed.getSnapshot().proof).toEqual({ expected: 5n, lost: 2n, repeated: 1n })
  })

  it("is closed with the error when trying again cannot help, and can be started again", async () => {
    const { feed, shown } = setUp([forbidden], [event(1)])
    feed.start()
    await expect.poll(() => feed.getSnapshot().state).toEqual({ kind: "closed", error: forbidden })
    feed.start()
    await expect.poll(shown).toEqual([1])
  })

  it("keeps a bounded list and counts what it dropped", async () => {
    const count = maxEntries + 5
    const { feed, shown } = setUp(Array.from({ length: count }, (_, index) => event(index + 1)))
    feed.start()
    await expect.poll(() => feed.getSnapshot().receivedCount, { timeout: 20_000 }).toBe(count)
    expect(shown()).toHaveLength(maxEntries)
    expect(shown().at(0)).toBe(count)
  })

  it("asks for one rendering however many events come before it", async () => {
    const { feed, scheduled, shown } = setUp([event(1), event(2), event(3)])
    let renderings = 0
    feed.subscribe(() => (renderings += 1))
    feed.start()
    await expect.poll(shown).toEqual([3, 2, 1])
    expect(scheduled).toHaveLength(1)
    scheduled.forEach((work) => work())
    expect(renderings).toBe(1)
  })
})
