import type { Peer } from "../core/exchange.ts"
import { peerIp } from "../core/peer-ip.ts"
import type { Hop, ReadHop } from "./forwarded-fields.ts"
import { formatForwardedFor, readForwardedForHop, readForwardedHop } from "./forwarded-fields.ts"
import type { TrustedProxies } from "./trusted-proxies.ts"

/** The client's address, and the fields that carry it to the backend. */
export interface ClientAddress {
  /** IP address without a port. */
  readonly ip: string
  /** The client first, then every trusted proxy. */
  readonly forwardedFor: string
  /** The chain in RFC 7239 form. Null: no trusted proxy sent the field. */
  readonly forwarded: string | null
}

/** A longer chain of trusted proxies is a loop or a forged list. */
const maxHops = 64

/**
 * Finds the client's address. It is the peer's, unless the peer is a trusted proxy; then it is the nearest address before it that
 * is no trusted proxy's. The client itself wrote the entries to the left of that, so they are neither believed nor passed on. An
 * entry without an address (`unknown`, junk) ends the search: the client is then the last known address.
 */
export function findClientAddress(
  peer: Peer,
  proxies: TrustedProxies,
  forwardedFor: string | undefined,
  forwarded: string | undefined,
): ClientAddress {
  const ip = peerIp(peer)
  if (!proxies.hasPeer(peer)) return { ip, forwardedFor: ip, forwarded: null }
  const chain = forwardedFor === undefined ? null : trustedPart(forwardedFor, readForwardedForHop, proxies)
  const elements = forwarded === undefined ? null : trustedPart(forwarded, readForwardedHop, proxies)
  // Most proxies write x-forwarded-for only, and pass on a stranger's `forwarded`. So `forwarded` counts only if both agree.
  const client = (chain ?? elements)?.ip ?? ip
  const addresses = chain?.ips ?? elements?.ips ?? []
  return {
    ip: client,
    forwardedFor: [...addresses, ip].join(", "),
    forwarded: elements?.ip === client ? [...elements.texts, formatForwardedFor(ip)].join(", ") : null,
  }
}

/** The right part of a list of hops, written by trusted proxies. */
interface TrustedPart {
  /** The client's address. Null: even the last entry names none. */
  readonly ip: string | null
  /** Addresses, the client's first. */
  readonly ips: readonly string[]
  /** The entries as received. */
  readonly texts: readonly string[]
}

function trustedPart(list: string, readHop: ReadHop, proxies: TrustedProxies): TrustedPart {
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
