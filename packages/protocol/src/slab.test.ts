import { expect, it } from "vitest"
import { allocateBytes } from "./slab.ts"

it("gives zeroed pieces of the asked size that do not overlap", () => {
  const sizes = Array.from({ length: 300 }, (_, at) => (at * 37) % 3000)
  const pieces = sizes.map((size, at) => {
    const piece = allocateBytes(size)
    expect(piece).toEqual(new Uint8Array(size))
    return piece.fill(at)
  })
  expect(pieces).toEqual(sizes.map((size, at) => new Uint8Array(size).fill(at)))
})

it("cuts small pieces from shared memory and gives large ones their own", () => {
  expect(allocateBytes(100).buffer.byteLength).toBeGreaterThan(100)
  expect(allocateBytes(4096).buffer.byteLength).toBe(4096)
})

it("goes on with new memory when a caller has transferred the shared buffer", () => {
  structuredClone(null, { transfer: [allocateBytes(100).buffer] })
  expect(allocateBytes(100)).toEqual(new Uint8Array(100))
})
