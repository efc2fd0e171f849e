import type { Peer } from "../core/exchange.ts"
import { peerIp } from "../core/peer-ip.ts"
import type { Hop, ReadHop } from "./forwarded-fields.ts"
import { formatForwardedFor, readForwardedForHop, readForwardedHop } from "./forwarded-fields.ts"
import type { TrustedProxies } from "./trusted-proxies.ts"

/** The client's address, and the fields that tell it to the backend. */
export interface ClientAddress {
  /** IP address without a port. */
  readonly ip: string
  /** The client first, then every trusted proxy. */
  readonly forwardedFor: string
  /** The chain as RFC 7239 writes it; null: no trusted proxy has sent the field. */
  readonly forwarded: string | null
}

/** Longer chains of trusted proxies are loops, or lists that someone made up. */
const maxHops = 64

/**
 * Finds the client's address: the peer's, or if the peer is a trusted proxy, the nearest address before it that is not one. An
 * entry to the left of that was written by the client itself, so it is neither believed nor passed on. An entry without an
 * address (`unknown`, junk) ends the search: the client is then the last address that is known.
 */
export function findClientAddress(
  peer: Peer,
  proxies: TrustedProxies,
  forwardedFor: string | undefined,
  forwarded: string | undefined,
): ClientAddress {
  const ip = peerIp(peer)
  if (!proxies.hasPeer(peer)) return { ip, forwardedFor: ip, forwarded: null }
  const chain = forwardedFor === undefined ? null : vouchedPart(forwardedFor, readForwardedForHop, proxies)
  const elements = forwarded === undefined ? null : vouchedPart(forwarded, readForwardedHop, proxies)
  // Most proxies write x-forwarded-for alone, and pass `forwarded` on as a stranger sent it: the two must agree.
  const client = (chain ?? elements)?.ip ?? ip
  const addresses = chain?.ips ?? elements?.ips ?? []
  return {
    ip: client,
    forwardedFor: [...addresses, ip].join(", "),
    forwarded: elements?.ip === client ? [...elements.texts, formatForwardedFor(ip)].join(", ") : null,
  }
}

/** The right part of a list of hops, which trusted proxies have written. */
interface VouchedPart {
  /** The client's address; null: not even the last entry names one. */
  readonly ip: string | null
  /** Addresses, the client's first. */
  readonly ips: readonly string[]
  /** The entries as they were received. */
  readonly texts: readonly string[]
}

function vouchedPart(list: string, readHop: ReadHop, proxies: TrustedProxies): VouchedPart {
  const ips: string[] = []
  const texts: string[] = []
  for (let end = list.length; end >= 0 && ips.length < maxHops;) {
    const hop: Hop = readHop(list, end)
    if (hop.ip === null) break
    ips.push(hop.ip)
    texts.push(list.slice(hop.start, end).trim())
    if (!proxies.has(hop.ip)) break
    end = hop.start - 1
  }
  return { ip: ips.at(-1) ?? null, ips: ips.reverse(), texts: texts.reverse() }
}
