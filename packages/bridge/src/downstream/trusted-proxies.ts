import { BlockList, isIP } from "node:net"
import type { Peer } from "../core/exchange.ts"
import { peerIp } from "../core/peer-ip.ts"

/** Words for address ranges: of this machine, and of private networks (RFC 1918, RFC 4193). */
const words: Readonly<Record<string, readonly string[]>> = {
  none: [],
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
}

/** The problem with this entry of the list of trusted proxies, or null. */
export function trustedProxyProblem(entry: string): string | null {
  if (Object.hasOwn(words, entry)) return null
  const range = parseRange(entry)
  if (range === null) {
    return `"${entry}" is not an address range: expected CIDR such as 10.1.0.0/16, 192.0.2.7 or 2001:db8::/32, or one of the words loopback, private, none`
  }
  if (range.prefix > 0) return null
  return `"${entry}" trusts every address, so every client could name its address itself; expected the addresses of your proxies`
}

/** Warnings for the operator about the whole list: it trusts everyone, or has an entry without effect. */
export function trustedProxyWarnings(entries: readonly string[]): string[] {
  const warnings: string[] = []
  if (entries.includes("none") && entries.some((entry) => entry !== "none")) {
    warnings.push(
      "--trusted-proxies: none has no effect beside other entries; remove it, or the other entries if no proxy stands before the bridge",
    )
  }
  const ranges = rangesOf(entries)
  for (const [family, name] of [
    ["ipv4", "IPv4"],
    ["ipv6", "IPv6"],
  ] as const) {
    const prefixes = ranges.filter((range) => range.family === family).map(prefixBits)
    if (!coversAll(prefixes, "")) continue
    warnings.push(
      `--trusted-proxies: the ranges together trust every ${name} address, so every client can name its address itself; list only the addresses of your proxies`,
    )
  }
  return warnings
}

/** The proxies whose statements about a client's address are believed. */
export class TrustedProxies {
  readonly #ranges = new BlockList()
  readonly #peers = new WeakMap<Peer, boolean>()

  /** `entries` were checked by `trustedProxyProblem`. */
  constructor(entries: readonly string[]) {
    for (const { network, prefix, family } of rangesOf(entries)) this.#ranges.addSubnet(network, prefix, family)
  }

  /** True if this IP address is a trusted proxy's. */
  has(ip: string): boolean {
    const version = isIP(ip)
    if (version === 0) return false
    if (version === 4) return this.#ranges.check(ip, "ipv4")
    const zone = ip.indexOf("%") // drops the interface of a link-local address
    return this.#ranges.check(zone < 0 ? ip : ip.slice(0, zone), "ipv6")
  }

  /** True if the other end of this connection is a trusted proxy. Computed once per connection. */
  hasPeer(peer: Peer): boolean {
    let isTrusted = this.#peers.get(peer)
    if (isTrusted === undefined) {
      isTrusted = this.has(peerIp(peer))
      this.#peers.set(peer, isTrusted)
    }
    return isTrusted
  }
}

interface Range {
  readonly network: string
  readonly prefix: number
  readonly family: "ipv4" | "ipv6"
}

function rangesOf(entries: readonly string[]): Range[] {
  return entries
    .flatMap((word) => (Object.hasOwn(words, word) ? words[word] : [word]))
    .map((entry) => {
      const range = parseRange(entry)
      if (range === null) throw new Error(`${entry} is not an address range`) // unreachable: the configuration was checked
      return range
    })
}

/** The fixed bits of a range, as a string of 0 and 1. */
function prefixBits({ network, prefix, family }: Range): string {
  const numbers = family === "ipv4" ? network.split(".").map(Number) : groupsOf(network)
  const width = family === "ipv4" ? 8 : 16
  const bits = numbers.map((number) => number.toString(2).padStart(width, "0")).join("")
  return bits.slice(0, prefix)
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const { hostname } = new URL(`http://[${address}]`) // writes an IPv4 address at the end as two groups
  const [head, tail] = hostname
    .slice(1, -1)
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16))))
  if (tail === undefined) return head
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

/** True if the prefixes, which all begin with `at`, cover every address that begins with `at`. */
function coversAll(prefixes: readonly string[], at: string): boolean {
  if (prefixes.length === 0) return false
  if (prefixes.includes(at)) return true
  return ["0", "1"].every((bit) =>
    coversAll(
      prefixes.filter((prefix) => prefix.startsWith(at + bit)),
      at + bit,
    ),
  )
}

function parseRange(text: string): Range | null {
  const [, network, digits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(network ?? "")
  if (version === 0) return null
  const bits = version === 4 ? 32 : 128
  const prefix = digits === undefined ? bits : Number(digits)
  return prefix > bits ? null : { network, prefix, family: version === 4 ? "ipv4" : "ipv6" }
}
