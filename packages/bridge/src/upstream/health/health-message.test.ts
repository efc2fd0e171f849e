import fc from "fast-check"
import { expect, it } from "vitest"
import { encodeHealthRequest, readIsServing } from "./health-message.ts"

it("a health request names its service, and is empty for the whole server", () => {
  expect([...encodeHealthRequest("")]).toEqual([0, 0, 0, 0, 0])
  expect([...encodeHealthRequest("ab")]).toEqual([0, 0, 0, 0, 4, 0x0a, 2, 97, 98])
  expect([...encodeHealthRequest("x".repeat(300)).subarray(0, 8)]).toEqual([0, 0, 0, 1, 47, 0x0a, 0xac, 2])
})

it("a health response is SERVING, something else, or malformed", () => {
  expect(readIsServing(Uint8Array.of(0x08, 1))).toBe(true)
  for (const status of [0, 2, 3]) expect(readIsServing(Uint8Array.of(0x08, status))).toBe(false)
  expect(readIsServing(new Uint8Array())).toBe(false)
  expect(readIsServing(Uint8Array.of(0x08))).toBeNull()
})

it("a health response of any bytes is read without an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => [true, false, null].includes(readIsServing(bytes))),
  )
})
