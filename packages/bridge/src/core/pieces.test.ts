import { describe, expect, it } from "vitest"
import { compacted, heldBytesOf, pieceBytes } from "./pieces.ts"

describe("heldBytesOf", () => {
  it("counts the bytes of all pieces, and an object for each", () => {
    expect(heldBytesOf([])).toBe(0)
    expect(heldBytesOf([Buffer.from("abc"), Buffer.alloc(0), Buffer.from("de")])).toBe(5 + 3 * pieceBytes)
  })
})

describe("compacted", () => {
  it("joins pieces into one, in memory of exactly their size", () => {
    const [joined, ...others] = compacted([Buffer.from("ab"), Buffer.from(""), Buffer.from("cde")])
    expect(others).toEqual([])
    expect(Buffer.from(joined).toString()).toBe("abcde")
    expect(joined.buffer.byteLength).toBe(5)
  })

  it("copies a single piece that keeps more than twice its bytes alive, and no other", () => {
    const read = new Uint8Array(8).fill(7)
    const [half, less] = [read.subarray(0, 4), read.subarray(0, 3)]
    expect(compacted([half])[0]).toBe(half)
    const [copy] = compacted([less])
    expect([copy.buffer.byteLength, ...copy]).toEqual([3, 7, 7, 7])
  })

  it("leaves an empty list as it is", () => {
    const none: Uint8Array[] = []
    expect(compacted(none)).toBe(none)
    expect(none).toEqual([])
  })
})
