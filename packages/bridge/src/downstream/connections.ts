import type { Socket } from "node:net"
import { clientKey } from "../core/client-key.ts"
import { ignoreError } from "../core/guard.ts"
import type { ConnectionRefusal, Observer } from "../core/observer.ts"
import { AddressShare } from "./address-share.ts"
import { missingDescriptor } from "./open-files.ts"
import { OwnedConnection, SelfEnding } from "./owned-connection.ts"
import { crowdedRefusal, refuseRaw } from "./raw-refusal.ts"

/** Limits on the connections of one port. */
export interface ConnectionLimits {
  readonly maxConnections: number
  /** `Infinity`: no limit. */
  readonly maxConnectionsPerAddress: number
  /** True for addresses of proxies, which carry many clients: the limit per address does not bind them. */
  readonly isShared: (address: string) => boolean
}

/** How many refused connections get an answer at one time. The others are closed without one, so that a flood costs little. */
const maxAnswered = 64

const sweepMs = 1_000
/** While draining the sweep runs more often, so that a drain ends promptly. */
const drainSweepMs = 50

/**
 * The connections of one port, whatever protocol they speak. This class is their one owner, from accept to close: it counts,
 * sweeps, drains and destroys them.
 */
export class Connections {
  #isDraining = false
  #limits: ConnectionLimits
  readonly #observer: Observer
  readonly #shares: AddressShare
  readonly #open = new Set<OwnedConnection>()
  readonly #answered = new Set<OwnedConnection>()
  #timer: NodeJS.Timeout | null = null
  #lookedAt = -Infinity

  constructor(limits: ConnectionLimits, observer: Observer) {
    this.#limits = limits
    this.#observer = observer
    this.#shares = new AddressShare(limits.maxConnectionsPerAddress)
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  get size(): number {
    return this.#open.size
  }

  /** Connections that come from now on have these limits. */
  limit(limits: ConnectionLimits): void {
    this.#limits = limits
    this.#shares.limit(limits.maxConnectionsPerAddress)
  }

  /**
   * Accepts the socket, or refuses it before reading a byte. The refusal has an answer if `canAnswer` and few refusals are being
   * answered. Null: refused.
   */
  admit(socket: Socket, canAnswer: boolean): OwnedConnection | null {
    const address = socket.remoteAddress ?? ""
    const share = this.#limits.isShared(address) ? "" : clientKey(address)
    socket.on("error", ignoreError)
    const refusal = this.#refusalOf(share)
    const connection = new OwnedConnection(socket, share)
    if (refusal !== null) {
      this.#observer.connectionRefused(refusal)
      if (refusal === "draining" || !canAnswer || this.#answered.size >= maxAnswered) socket.destroy()
      else this.#answer(connection)
      return null
    }
    this.#open.add(connection)
    this.#observer.connectionOpened()
    socket.once("close", () => this.#closed(connection))
    this.#timer ??= this.#sweepEvery(sweepMs)
    return connection
  }

  /** Closes every connection without a call, and the others when their calls have ended. */
  drain(): void {
    this.#isDraining = true
    for (const connection of [...this.#open, ...this.#answered]) connection.drain()
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = this.#sweepEvery(drainSweepMs)
    this.#restIfEmpty()
  }

  destroy(): void {
    for (const connection of [...this.#open, ...this.#answered]) connection.destroy()
  }

  /** Counts the socket towards its address's share, or returns the reason of its refusal. */
  #refusalOf(share: string): ConnectionRefusal | null {
    if (this.#isDraining) return "draining"
    if (this.#open.size >= this.#limits.maxConnections) return "max-connections"
    return share === "" || this.#shares.acquire(share) ? null : "max-connections-per-address"
  }

  #answer(connection: OwnedConnection): void {
    const { socket } = connection
    this.#answered.add(connection)
    socket.once("close", () => {
      this.#answered.delete(connection)
      this.#restIfEmpty()
    })
    connection.become(new SelfEnding(socket))
    refuseRaw(socket, crowdedRefusal, false)
  }

  #closed(connection: OwnedConnection): void {
    this.#open.delete(connection)
    if (connection.share !== "") this.#shares.release(connection.share)
    this.#observer.connectionClosed()
    this.#restIfEmpty()
  }

  #restIfEmpty(): void {
    if (this.#open.size + this.#answered.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  /** libuv closes connections that the system cannot accept, and Node reports nothing. So this probes for a free descriptor. */
  #lookForDescriptors(now: number): void {
    if (now - this.#lookedAt < sweepMs / 2) return
    this.#lookedAt = now
    const code = missingDescriptor()
    if (code !== null) this.#observer.descriptorsExhausted(code)
  }

  #sweepEvery(ms: number): NodeJS.Timeout {
    return setInterval(() => {
      const now = performance.now()
      this.#lookForDescriptors(now)
      for (const connection of this.#open) connection.sweep(now)
      for (const connection of this.#answered) connection.sweep(now)
    }, ms).unref()
  }
}
