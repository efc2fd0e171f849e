import type { ClusterMember } from "./cluster-member.ts"
import type { Endpoint } from "./endpoint.ts"
import { Handover } from "./handover.ts"

/** The endpoints of a cluster, and those that have left it while their last calls finish. */
export class Members {
  readonly #create: (member: ClusterMember) => Endpoint
  readonly #endpoints = new Map<string, Endpoint>()
  /** Endpoints that have left, and drain. */
  readonly #leaving = new Set<Endpoint>()
  /** Endpoints that have left, and are members until others can take their calls. */
  readonly #handover: Handover
  readonly #onHandedOver: () => void
  #only: Endpoint | null = null

  /** `onHandedOver` is called when an endpoint is no longer a member, other than by `set`. */
  constructor(create: (member: ClusterMember) => Endpoint, onHandedOver: () => void) {
    this.#create = create
    this.#onHandedOver = onHandedOver
    this.#handover = new Handover((endpoint) => this.#handOver([endpoint]))
  }

  /** The endpoint, if it is the only one: then there is nothing to choose. */
  get only(): Endpoint | null {
    return this.#only
  }

  get size(): number {
    return this.#endpoints.size
  }

  get list(): Endpoint[] {
    return [...this.#endpoints.values()]
  }

  get keys(): string[] {
    return [...this.#endpoints.keys()]
  }

  /** True if an endpoint has an open session, or had one until the idle timeout. */
  get areReachable(): boolean {
    return this.some(({ sessions, isAsleep }) => sessions.open.size > 0 || isAsleep)
  }

  /** The reason why an endpoint cannot be reached, the last one's of several. Null: there is none, or none was tried yet. */
  get failure(): Error | null {
    let failure: Error | null = null
    for (const { health } of this.#endpoints.values()) failure = health.failure ?? failure
    return failure
  }

  get(key: string): Endpoint | undefined {
    return this.#endpoints.get(key)
  }

  /**
   * Replaces the members. Endpoints with a name that stays are kept, and those that leave drain: at once if another one is
   * connected, otherwise as soon as one is, or after `handoverMs`. Returns the new ones.
   */
  set(members: readonly ClusterMember[], handoverMs: number): readonly Endpoint[] {
    const before = new Map(this.#endpoints)
    const added: Endpoint[] = []
    this.#endpoints.clear()
    for (const member of members) {
      const { name } = member.target
      const known = before.get(name)
      before.delete(name)
      if (known === undefined) added.push(this.#create(member))
      else {
        known.renew(member)
        this.#handover.end(known)
      }
      this.#endpoints.set(name, known ?? added[added.length - 1])
    }
    const needsHandover = members.length > 0 && !this.some(isConnected)
    for (const endpoint of before.values()) {
      if (needsHandover && isConnected(endpoint)) this.#keep(endpoint, members[0], handoverMs)
      else this.#leave(endpoint)
    }
    this.#findOnly()
    return added
  }

  /** A session of the endpoint has opened, or takes no further call. */
  sessionsChanged(endpoint: Endpoint): void {
    if (this.#handover.size === 0) return
    const hasLeft = this.#handover.has(endpoint)
    if (isConnected(endpoint) === hasLeft) return
    this.#handOver(hasLeft ? [endpoint] : this.#handover.endpoints)
  }

  /** A session of the endpoint has closed. One that has left is forgotten with its last session. */
  sessionClosed(endpoint: Endpoint): void {
    if (endpoint.sockets === 0) this.#leaving.delete(endpoint)
  }

  forEach(act: (endpoint: Endpoint) => void): void {
    for (const endpoint of this.#endpoints.values()) act(endpoint)
  }

  some(holds: (endpoint: Endpoint) => boolean): boolean {
    for (const endpoint of this.#endpoints.values()) if (holds(endpoint)) return true
    return false
  }

  sum(count: (endpoint: Endpoint) => number): number {
    let sum = 0
    for (const endpoint of this.#endpoints.values()) sum += count(endpoint)
    return sum
  }

  /** Like `sum`, those that have left included. */
  sumOfAll(count: (endpoint: Endpoint) => number): number {
    let sum = this.sum(count)
    for (const endpoint of this.#leaving) sum += count(endpoint)
    return sum
  }

  drain(): void {
    this.#handover.endAll()
    this.forEach((endpoint) => endpoint.drain())
  }

  destroy(): void {
    this.#handover.endAll()
    this.forEach((endpoint) => endpoint.destroy())
    for (const endpoint of this.#leaving) endpoint.destroy()
  }

  #keep(endpoint: Endpoint, successor: ClusterMember, handoverMs: number): void {
    endpoint.standInFor(successor)
    this.#endpoints.set(endpoint.name, endpoint)
    this.#handover.begin(endpoint, handoverMs)
  }

  #handOver(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) {
      this.#endpoints.delete(endpoint.name)
      this.#leave(endpoint)
    }
    this.#findOnly()
    this.#onHandedOver()
  }

  #leave(endpoint: Endpoint): void {
    this.#handover.end(endpoint)
    endpoint.drain()
    if (endpoint.sockets > 0) this.#leaving.add(endpoint)
  }

  #findOnly(): void {
    const [first] = this.#endpoints.values()
    this.#only = this.#endpoints.size === 1 && first !== undefined ? first : null
  }
}

function isConnected({ sessions }: Endpoint): boolean {
  return sessions.open.size > 0
}
