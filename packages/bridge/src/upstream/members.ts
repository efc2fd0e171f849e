import type { ClusterMember } from "./cluster-member.ts"
import type { Endpoint } from "./endpoint.ts"

/** The endpoints of a cluster, and those that have left it while their last calls finish. */
export class Members {
  readonly #create: (member: ClusterMember) => Endpoint
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #leaving = new Set<Endpoint>()
  #only: Endpoint | null = null

  constructor(create: (member: ClusterMember) => Endpoint) {
    this.#create = create
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

  /** Replaces the members. Endpoints with a name that stays are kept, and those that leave drain. Returns the new ones. */
  set(members: readonly ClusterMember[]): readonly Endpoint[] {
    const before = new Map(this.#endpoints)
    const added: Endpoint[] = []
    this.#endpoints.clear()
    for (const member of members) {
      const { name } = member.target
      const known = before.get(name)
      before.delete(name)
      if (known === undefined) added.push(this.#create(member))
      else known.renew(member)
      this.#endpoints.set(name, known ?? added[added.length - 1])
    }
    for (const endpoint of before.values()) this.#leave(endpoint)
    const [first] = this.#endpoints.values()
    this.#only = this.#endpoints.size === 1 && first !== undefined ? first : null
    return added
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

  destroy(): void {
    this.forEach((endpoint) => endpoint.destroy())
    for (const endpoint of this.#leaving) endpoint.destroy()
  }

  #leave(endpoint: Endpoint): void {
    endpoint.drain()
    if (endpoint.sockets > 0) this.#leaving.add(endpoint)
  }
}
