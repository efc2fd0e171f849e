import { describe, expect, it } from "vitest"
import { KeptRequest } from "./kept-request.ts"
import { pieceBytes } from "./pieces.ts"

const [one, two, three] = ["one", "two", "three"].map((text) => Buffer.from(text))

describe("a request that is kept for another attempt", () => {
  it("gives back its pieces in order, once", () => {
    const kept = new KeptRequest(10_000)
    kept.add(one)
    kept.add(two)
    expect(kept.heldBytes).toBe(6 + 2 * pieceBytes)
    expect(kept.take()).toEqual([one, two])
    expect(kept.heldBytes).toBe(0)
    expect(kept.take()).toEqual([])
  })

  it("is kept up to its limit exactly, objects of pieces included", () => {
    const kept = new KeptRequest(6 + 2 * pieceBytes)
    kept.add(one)
    kept.add(two)
    expect(kept.isOver).toBe(false)
    kept.add(Buffer.alloc(0))
    expect(kept.isOver).toBe(true)
  })

  it("is dropped once it exceeds the limit, and nothing is kept afterwards", () => {
    const kept = new KeptRequest(pieceBytes)
    kept.add(three)
    expect([kept.isOver, kept.heldBytes]).toEqual([true, 0])
    kept.add(one)
    expect([kept.isOver, kept.heldBytes]).toEqual([true, 0])
    expect(kept.take()).toEqual([])
  })
})
