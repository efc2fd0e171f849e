import { expect, it, vi } from "vitest"
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

it.each([0, 1, 64, 2049, 4096])("gives %i bytes memory of their own", (length) => {
  expect(allocateBytes(length).buffer.byteLength).toBe(length)
})

it("cuts pieces of 65 to 2048 bytes from shared memory until it is full to the last byte", async () => {
  vi.resetModules()
  const { allocateBytes: allocate } = await import("./slab.ts")
  const pieces = [65, 2048, 2048, 2048, 8192 - 3 * 2048 - 65].map((length) => allocate(length))
  expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(1)
  expect(pieces[0].buffer.byteLength).toBe(8192)
  expect(allocate(65).buffer).not.toBe(pieces[0].buffer)
})

it("goes on with new memory when a caller has transferred the shared buffer", () => {
  structuredClone(null, { transfer: [allocateBytes(100).buffer] })
  expect(allocateBytes(100)).toEqual(new Uint8Array(100))
})
