import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hashOf, mixHashes } from "./hash.ts"

describe("hashOf", () => {
  // Known results of MurmurHash3_x86_32 with seed 0.
  it.each([
    ["", 0],
    ["test", 0xba6bd213],
    ["hello", 0x248bfa47],
    ["hello, world", 0x149bbb7f],
    ["Hello, world!", 0xc0363e43],
    ["The quick brown fox jumps over the lazy dog", 0x2e4ff723],
    ["\xff\xff\xff\xff", 0x76293b50],
    ["\x21\x43\x65\x87", 0xf55b516b],
    ["\x21\x43\x65", 0x7e4a8634],
    ["\x21\x43", 0xa0f7b07a],
    ["\x21", 0x72661cf4],
    ["\0\0\0\0", 0x2362f9de],
    ["\0", 0x514e28b7],
  ])("of %j is MurmurHash3's", (text, hash) => expect(hashOf(text)).toBe(hash))

  it("takes both bytes of a character into account", () => {
    expect(new Set(["\u0141", "\u0241", "A"].map(hashOf)).size).toBe(3)
  })

  it("changes about half of its bits with any bit of the text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, at) => {
        const changed = bytes.with((at >>> 3) % bytes.length, bytes[(at >>> 3) % bytes.length] ^ (1 << (at & 7)))
        const bits = bitsOf(hashOf(textOf(bytes)) ^ hashOf(textOf(changed)))
        // 16 of 32 on average; fewer than 3 or more than 29 happens once in ten million.
        expect(bits).toBeGreaterThan(2)
        expect(bits).toBeLessThan(30)
      }),
      { seed: 11, numRuns: 2_000 },
    )
  })

  it("spreads numbered names evenly", () => {
    const counts = new Array<number>(16).fill(0)
    for (let i = 0; i < 16_000; i++) counts[hashOf(`10.0.0.${i}:50051`) >>> 28]++
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150) // five standard deviations
  })
})

describe("mixHashes", () => {
  it("depends on both, and on their order", () => {
    const [a, b, c] = ["a", "b", "c"].map(hashOf)
    expect(new Set([mixHashes(a, b), mixHashes(b, a), mixHashes(a, c), mixHashes(c, b), mixHashes(a, a)]).size).toBe(5)
    expect(mixHashes(0, 0)).not.toBe(mixHashes(0, 1))
  })

  it("is 0 to 2^32 - 1", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1), (a, b) => {
        const mixed = mixHashes(a, b)
        expect(mixed >= 0 && mixed < 2 ** 32 && Number.isInteger(mixed)).toBe(true)
      }),
    )
  })
})

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1")
}

function bitsOf(value: number): number {
  return (value >>> 0).toString(2).replaceAll("0", "").length
}
