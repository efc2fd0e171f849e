import { isIPv4 } from "node:net"

/** True for a host name without a final dot, and for an IPv4 address. */
export function isHostName(text: string): boolean {
  // A name that ends in a number is an IPv4 address or a mistake (WHATWG URL, "ends in a number").
  if (/(^|\.)\d+$/.test(text)) return isIPv4(text)
  return text.length <= 253 && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(text)
}
