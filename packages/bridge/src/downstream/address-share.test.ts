import { describe, expect, it } from "vitest"
import { AddressShare, isLoopback } from "./address-share.ts"

it.each([
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["::ffff:127.0.0.1", true],
  ["::1", true],
  ["10.0.0.1", false],
  ["1127.0.0.1", false],
  ["::2", false],
])("%s is loopback: %s", (address, expected) => {
  expect(isLoopback(address)).toBe(expected)
})

describe("a share", () => {
  it("is used up by its own address only, and free again when a connection closes", () => {
    const shares = new AddressShare(2)
    expect([shares.acquire("a"), shares.acquire("a"), shares.acquire("a")]).toEqual([true, true, false])
    expect(shares.acquire("b")).toBe(true)
    shares.release("a")
    expect([shares.acquire("a"), shares.acquire("a")]).toEqual([true, false])
  })
})
