import type { Socket } from "node:net"
import { clientKey } from "../core/client-key.ts"
import { ignoreError } from "../core/guard.ts"
import type { ConnectionRefusal, Observer } from "../core/observer.ts"
import { AddressShare } from "./address-share.ts"
import { missingDescriptor } from "./open-files.ts"
import { OwnedConnection, Passing } from "./owned-connection.ts"
import { crowdedRefusal, refuseRaw } from "./raw-refusal.ts"

/** How many connections there may be, and who is told. */
export interface ConnectionLimits {
  readonly maxConnections: number
  /** `Infinity`: no limit. */
  readonly maxConnectionsPerAddress: number
  /** Addresses that the limit per address does not bind: those of proxies, behind which many clients stand. */
  readonly isShared: (address: string) => boolean
}

/** Refused connections that are told so at once; the rest are cut without a word, so that a flood costs little. */
const maxTold = 64

const sweepMs = 1_000
/** While draining, so that the end is not waited for longer than it takes. */
const drainSweepMs = 50

/**
 * The connections of one port, each from accept to close and whatever it speaks. This is their one owner: it counts, sweeps,
 * drains and destroys them.
 */
export class Connections {
  #isDraining = false
  readonly #limits: ConnectionLimits
  readonly #observer: Observer
  readonly #shares: AddressShare
  readonly #open = new Set<OwnedConnection>()
  readonly #told = new Set<OwnedConnection>()
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

  /** Takes the socket, or refuses it before a byte of it is read; in words if `canTell` and few are being told. Null: refused. */
  admit(socket: Socket, canTell: boolean): OwnedConnection | null {
    const address = socket.remoteAddress ?? ""
    const share = this.#limits.isShared(address) ? "" : clientKey(address)
    socket.on("error", ignoreError)
    const refusal = this.#refusalOf(share)
    const connection = new OwnedConnection(socket, share)
    if (refusal !== null) {
      this.#observer.connectionRefused(refusal)
      if (refusal === "draining" || !canTell || this.#told.size >= maxTold) socket.destroy()
      else this.#tell(connection)
      return null
    }
    this.#open.add(connection)
    this.#observer.connectionOpened()
    socket.once("close", () => this.#closed(connection))
    this.#timer ??= this.#sweepEvery(sweepMs)
    return connection
  }

  /** Closes what carries no call, and the rest when its calls have ended. */
  drain(): void {
    this.#isDraining = true
    for (const connection of [...this.#open, ...this.#told]) connection.drain()
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = this.#sweepEvery(drainSweepMs)
    this.#restIfEmpty()
  }

  destroy(): void {
    for (const connection of [...this.#open, ...this.#told]) connection.destroy()
  }

  /** Takes the place that the socket needs, or says why there is none. */
  #refusalOf(share: string): ConnectionRefusal | null {
    if (this.#isDraining) return "draining"
    if (this.#open.size >= this.#limits.maxConnections) return "max-connections"
    return share === "" || this.#shares.acquire(share) ? null : "max-connections-per-address"
  }

  #tell(connection: OwnedConnection): void {
    const { socket } = connection
    this.#told.add(connection)
    socket.once("close", () => {
      this.#told.delete(connection)
      this.#restIfEmpty()
    })
    connection.speak(new Passing(socket))
    refuseRaw(socket, crowdedRefusal, false)
  }

  #closed(connection: OwnedConnection): void {
    this.#open.delete(connection)
    if (connection.share !== "") this.#shares.release(connection.share)
    this.#observer.connectionClosed()
    this.#restIfEmpty()
  }

  #restIfEmpty(): void {
    if (this.#open.size + this.#told.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  /** Node is not told of connections that the system cannot accept (libuv closes them), so a descriptor is asked for. */
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
      for (const connection of this.#told) connection.sweep(now)
    }, ms).unref()
  }
}
