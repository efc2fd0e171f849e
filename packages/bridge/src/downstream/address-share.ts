import { clientKey } from "../core/client-key.ts"

/** Counts connections per client address, so that one address cannot take all of them. */
export class AddressShare {
  #maxPerAddress: number
  readonly #open = new Map<string, number>()

  /** `Infinity`: no limit. */
  constructor(maxPerAddress: number) {
    this.#maxPerAddress = maxPerAddress
  }

  /** Connections that come from now on have this limit. */
  limit(maxPerAddress: number): void {
    this.#maxPerAddress = maxPerAddress
  }

  /** Counts a connection of this address (a key from `clientKey`). False: the address has reached its limit. */
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

/** True if the address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address === "::1" || clientKey(address).startsWith("127.")
}
