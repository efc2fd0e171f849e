import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { holdBack, letFlow } from "./hold-back.ts"

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
  it("tells its source to stop, asks it for nothing more, and delivers what was on its way", async () => {
    const held = scene()
    await turn()
    expect(held.stream.push("before")).toBe(true)
    await turn()
    holdBack(held.stream)
    holdBack(held.stream)
    const before = held.asked
    expect(held.stream.push("on its way")).toBe(false)
    await turn()
    held.stream.read(0)
    expect([held.asked, held.chunks]).toEqual([before, ["before", "on its way"]])
    letFlow(held.stream)
    expect(held.asked).toBe(before + 1)
    expect(held.stream.push("more")).toBe(true)
    await turn()
    expect(held.chunks).toEqual(["before", "on its way", "more"])
  })

  it("delivers its end", async () => {
    const { stream, chunks } = scene()
    let isEnded = false
    stream.on("end", () => (isEnded = true))
    await turn()
    holdBack(stream)
    stream.push("last")
    stream.push(null)
    await turn()
    expect([chunks, isEnded]).toEqual([["last"], true])
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
