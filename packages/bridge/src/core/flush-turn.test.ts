import { describe, expect, it } from "vitest"
import type { Flushable } from "./flush-turn.ts"
import { FlushTurn } from "./flush-turn.ts"

const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function item(flush: () => void, crashed: (cause: unknown) => void = () => expect.fail("it crashed")): Flushable {
  return { awaitsFlush: false, flush, crashed }
}

describe("FlushTurn", () => {
  it("flushes each item once at the end of the turn, in the order of arrival", async () => {
    const turn = new FlushTurn()
    const flushed: string[] = []
    const [one, two] = ["one", "two"].map((name) => item(() => flushed.push(name)))
    for (const added of [one, two, one]) turn.add(added)
    expect(flushed).toEqual([])
    await turnEnd()
    expect(flushed).toEqual(["one", "two"])
    await turnEnd()
    expect(flushed).toEqual(["one", "two"])
  })

  it("flushes in the next turn an item that is added during a flush, even the flushing one", async () => {
    const turn = new FlushTurn()
    let flushes = 0
    const again = item(() => {
      flushes++
      if (flushes < 3) turn.add(again)
    })
    turn.add(again)
    for (let expected = 1; expected <= 3; expected++) {
      await turnEnd()
      expect(flushes).toBe(expected)
    }
    await turnEnd()
    expect(flushes).toBe(3)
  })

  it("tells an item that its flush threw, and flushes the others in this turn and the next", async () => {
    const turn = new FlushTurn()
    const thrown = new Error("thrown")
    const causes: unknown[] = []
    let flushes = 0
    const broken = item(
      () => {
        throw thrown
      },
      (cause) => causes.push(cause),
    )
    const sound = item(() => flushes++)
    for (let round = 1; round <= 2; round++) {
      turn.add(broken)
      turn.add(sound)
      await turnEnd()
      expect(flushes).toBe(round)
    }
    expect(causes).toEqual([thrown, thrown])
  })

  it("flushes what is added last after all others, even if it was added first, or by one of them", async () => {
    const turn = new FlushTurn()
    const flushed: string[] = []
    const [shared, late] = ["shared", "late"].map((name) => item(() => flushed.push(name)))
    const call = item(() => {
      flushed.push("call")
      turn.addLast(late)
    })
    turn.addLast(shared)
    turn.add(call)
    await turnEnd()
    expect(flushed).toEqual(["call", "shared", "late"])
  })

  it("flushes in the next turn what is added by one of the last", async () => {
    const turn = new FlushTurn()
    const flushed: string[] = []
    const call = item(() => flushed.push("call"))
    turn.addLast(item(() => turn.add(call)))
    await turnEnd()
    expect(flushed).toEqual([])
    await turnEnd()
    expect(flushed).toEqual(["call"])
  })
})
