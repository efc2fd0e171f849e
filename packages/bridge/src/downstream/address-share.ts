import { isIPv4, isIPv6 } from "node:net"

/** Counts connections per client address, so that one address cannot take all. */
export class AddressShare {
  readonly #maxPerAddress: number
  readonly #open = new Map<string, number>()

  /** `Infinity`: no limit. */
  constructor(maxPerAddress: number) {
    this.#maxPerAddress = maxPerAddress
  }

  /** Takes a place for this address, as `shareOf` names it; false: it has as many as it may. */
  acquire(share: string): boolean {
    const open = this.#open.get(share) ?? 0
    if (open >= this.#maxPerAddress) return false
    this.#open.set(share, open + 1)
    return true
  }

  release(share: string): void {
    const open = this.#open.get(share) ?? 0
    if (open <= 1) this.#open.delete(share)
    else this.#open.set(share, open - 1)
  }
}

/**
 * The name under which the connections of an address are counted: an IPv4 address, also in its IPv6 form, by itself, and IPv6 by
 * its /64, since a single client is given as many addresses as it likes within one.
 */
export function shareOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  if (isIPv4(mapped)) return mapped
  const bare = address.split("%", 1)[0]
  return isIPv6(bare) ? `${groupsOf(bare).slice(0, 4).join(":")}::/64` : address
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address === "::1" || shareOf(address).startsWith("127.")
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): string[] {
  const [left, right] = address.toLowerCase().split("::", 2)
  const head = left === "" ? [] : left.split(":")
  const tail = right === undefined || right === "" ? [] : right.split(":")
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  return [...head, ...new Array<string>(zeros).fill("0"), ...tail].map((group) => group.replace(/^0+(?=.)/, ""))
}
