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

/** The proxies whose statements about a client's address are believed. */
export class TrustedProxies {
  readonly #ranges = new BlockList()
  readonly #peers = new WeakMap<Peer, boolean>()

  /** `entries` were checked by `trustedProxyProblem`. */
  constructor(entries: readonly string[]) {
    for (const entry of entries.flatMap((word) => (Object.hasOwn(words, word) ? words[word] : [word]))) {
      const range = parseRange(entry)
      if (range === null) throw new Error(`${entry} is not an address range`) // unreachable: the configuration was checked
      this.#ranges.addSubnet(range.network, range.prefix, range.family)
    }
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

function parseRange(text: string): Range | null {
  const [, network, digits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(network ?? "")
  if (version === 0) return null
  const bits = version === 4 ? 32 : 128
  const prefix = digits === undefined ? bits : Number(digits)
  return prefix > bits ? null : { network, prefix, family: version === 4 ? "ipv4" : "ipv6" }
}
