import { describe, expect, it } from "vitest"
import { AddressShare, isLoopback, shareOf } from "./address-share.ts"

describe("the name under which an address is counted", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["", ""],
  ])("of %s is %s", (address, share) => {
    expect(shareOf(address)).toBe(share)
  })
})

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
  it("is used up by its address alone, and free again when a connection closes", () => {
    const shares = new AddressShare(2)
    expect([shares.acquire("a"), shares.acquire("a"), shares.acquire("a")]).toEqual([true, true, false])
    expect(shares.acquire("b")).toBe(true)
    shares.release("a")
    expect([shares.acquire("a"), shares.acquire("a")]).toEqual([true, false])
  })
})
