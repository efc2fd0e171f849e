import { expect, it } from "vitest"
import { peerIp, plainIp } from "./peer-ip.ts"

it.each([
  ["192.0.2.1:80", "192.0.2.1"],
  ["2001:db8::1:80", "2001:db8::1"],
  ["::ffff:192.0.2.1:80", "192.0.2.1"],
])("the IP address of the peer %s is %s", (address, ip) => {
  expect(peerIp({ address, carrier: "http2", isTls: false })).toBe(ip)
})

it("an IPv6 address stays as it is, one that only looks like a mapped IPv4 address too", () => {
  for (const ip of ["::ffff:c000:201", "64:ff9b::192.0.2.1", "192.0.2.1", "::1"]) expect(plainIp(ip)).toBe(ip)
})
