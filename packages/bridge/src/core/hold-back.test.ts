import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { deliverUnread, holdBack, letFlow } from "./hold-back.ts"

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Scene {
  readonly stream: Readable
  readonly chunks: string[]
  asked: number
}

/** A flowing stream that counts how often its source is asked. */
function scene(): Scene {
  const stream = new Readable({ read: () => void made.asked++ })
  const chunks: string[] = []
  const made: Scene = { stream, chunks, asked: 0 }
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()))
  return made
}

describe("a stream that is held back", () => {
  it("asks its source for nothing more, and once it flows again gives what had arrived and asks on", async () => {
    const held = scene()
    await turn()
    holdBack(held.stream)
    holdBack(held.stream)
    const before = held.asked
    held.stream.push("on its way")
    await turn()
    held.stream.read(0)
    expect([held.asked, held.chunks]).toEqual([before, []])
    letFlow(held.stream)
    expect(held.chunks).toEqual([])
    await turn()
    expect(held.chunks).toEqual(["on its way"])
    expect(held.asked).toBeGreaterThan(before)
    held.stream.push("more")
    await turn()
    expect(held.chunks).toEqual(["on its way", "more"])
  })

  it("gives what it holds as one chunk when asked, and nothing while it flows or is empty", async () => {
    const { stream, chunks } = scene()
    await turn()
    holdBack(stream)
    deliverUnread(stream)
    expect(chunks).toEqual([])
    for (const piece of ["a", "b", "c"]) stream.push(piece)
    deliverUnread(stream)
    expect(chunks).toEqual(["abc"])
    expect(stream.isPaused()).toBe(true)
  })

  it("asks nothing of a source that is gone", async () => {
    const held = scene()
    await turn()
    holdBack(held.stream)
    held.stream.push("x")
    held.stream.read(0)
    const before = held.asked
    held.stream.destroy()
    letFlow(held.stream)
    await turn()
    expect(held.asked).toBe(before)
  })
})
