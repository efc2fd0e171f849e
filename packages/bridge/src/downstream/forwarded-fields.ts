import { isIP, SocketAddress } from "node:net"
import { plainIp } from "../core/peer-ip.ts"

/** One entry of a list of hops. */
export interface Hop {
  /** Index in the list where the entry begins. */
  readonly start: number
  /** The IP address of the entry, in its usual spelling. Null: `unknown`, a hidden name, or junk. */
  readonly ip: string | null
}

/**
 * Reads the list entry that ends before `end`. Lists are read from the right: proxies append there, and strangers write the left.
 */
export type ReadHop = (list: string, end: number) => Hop

/** Reads `x-forwarded-for`: addresses between commas, some with a port. */
export const readForwardedForHop: ReadHop = (list, end) => {
  const start = end === 0 ? 0 : list.lastIndexOf(",", end - 1) + 1
  return { start, ip: parseNode(list.slice(start, end).trim()) }
}

/** Reads `forwarded` (RFC 7239 §4): elements between commas. A comma inside a quoted string does not separate. */
export const readForwardedHop: ReadHop = (list, end) => {
  let start = end
  while (start > 0 && list[start - 1] !== ",") {
    start = list[start - 1] === '"' ? openingQuote(list, start - 1) : start - 1
  }
  return { start, ip: forOf(list.slice(start, end)) }
}

/** A proxy's element for an address, as `forwarded` writes it (RFC 7239 §6). */
export function formatForwardedFor(ip: string): string {
  return ip.includes(":") ? `for="[${ip}]"` : `for=${ip}`
}

/**
 * Finds the opening quote of the string that is closed at `close`: the nearest quote to the left without a backslash before it.
 * Without one: the beginning of the list.
 */
function openingQuote(list: string, close: number): number {
  for (let at = list.lastIndexOf('"', close - 1); at >= 0; at = at === 0 ? -1 : list.lastIndexOf('"', at - 1)) {
    let backslashes = 0
    while (list[at - 1 - backslashes] === "\\") backslashes++
    if (backslashes % 2 === 0) return at
  }
  return 0
}

/** A parameter of an element. Colons and brackets are accepted without the quotes of RFC 7239, since proxies send them so. */
const parameter = /[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))[ \t]*(?:;|$)/y

/** The address in the element's one `for` parameter. */
function forOf(element: string): string | null {
  const text = element.trim()
  let node: string | null = null
  for (parameter.lastIndex = 0; parameter.lastIndex < text.length;) {
    const match = parameter.exec(text)
    if (match === null) return null
    const [, name, quoted, plain] = match
    if (name.toLowerCase() !== "for") continue
    if (node !== null) return null
    node = quoted ?? plain
  }
  return node === null ? null : parseNode(node)
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`. */
function parseNode(text: string): string | null {
  if (text.length > 80) return null
  const ip = /^\[([0-9a-f.:]+)\](?::\d{1,5})?$/i.exec(text)?.[1] ?? /^([0-9.]+):\d{1,5}$/.exec(text)?.[1] ?? text
  const version = isIP(ip)
  if (version === 0 || ip.includes("%")) return null
  if (version === 4) return ip
  // One address has many spellings. Limits and logs must treat them as one client.
  return plainIp(new SocketAddress({ address: ip, family: "ipv6" }).address)
}
