import type { Upstream } from "../core/upstream.ts"
import type { Cluster } from "../upstream/cluster.ts"
import type { UpstreamStatus } from "../upstream/status.ts"
import type { UpstreamConfig } from "../upstream/upstream-config.ts"
import type { FleetParts, SharedLimits } from "./fleet-upstream.ts"
import { canUpdate, FleetUpstream } from "./fleet-upstream.ts"

/** Upstreams that are ready for use, but not in use yet. */
export interface PreparedFleet {
  readonly upstreams: ReadonlyMap<string, Upstream>
  /** Puts them to use. The returned function says that the calls which know them have ended: nobody takes it back. */
  commit(): () => void
}

/** All upstreams of a bridge, by name. They outlive a configuration: what did not change keeps its sessions and its state. */
export class Fleet {
  readonly #parts: FleetParts
  #current: ReadonlyMap<string, FleetUpstream> = new Map()
  #called: ReadonlySet<string> = new Set()
  /** Every upstream that somebody holds, those of earlier configurations included. */
  readonly #held = new Set<FleetUpstream>()
  /** Upstreams that nobody holds any more, and whose last streams finish: copies for a mirror may outlive the calls. */
  readonly #leaving = new Set<FleetUpstream>()
  /** Refused certificates of upstreams that nobody holds any more. */
  #refusedBefore = 0

  constructor(parts: FleetParts) {
    this.#parts = parts
  }

  /** The upstreams of the configuration in use. */
  get upstreams(): readonly FleetUpstream[] {
    return [...this.#current.values()]
  }

  /** The clusters of the configuration in use. */
  get clusters(): readonly Cluster[] {
    return this.upstreams.map(({ cluster }) => cluster)
  }

  /** Every cluster with calls or connections, those of earlier configurations included. */
  get heldClusters(): readonly Cluster[] {
    const held = [...this.#held].map(({ cluster }) => cluster)
    for (const { cluster } of this.#leaving) if (cluster.sessions > 0) held.push(cluster)
    return held
  }

  /** The names of upstreams that calls may use, those of earlier configurations included. */
  get heldNames(): readonly string[] {
    return [...this.#held].map(({ cluster }) => cluster.name)
  }

  /** What the admin port shows of the upstreams. */
  status(nowMs: number): readonly UpstreamStatus[] {
    return this.upstreams.map((upstream) => upstream.status(nowMs))
  }

  /**
   * True while an endpoint of an upstream that answers calls can be reached. One upstream that is down makes the others no less
   * useful. Without such an upstream the bridge answers every call itself.
   */
  get readiness(): { readonly ready: boolean; readonly why: string } {
    const clusters = this.clusters.filter(({ name }) => this.#called.has(name))
    if (clusters.length === 0 || clusters.some(({ isReachable }) => isReachable)) return { ready: true, why: "" }
    const whys = clusters.map(({ name, failure }) => `${name}: ${failure?.message ?? "connecting"}`)
    return { ready: false, why: `no connection to the backend ${whys.join("; ")}` }
  }

  /** Number of renewed certificates that could not be used, those of earlier configurations included: it never falls. */
  get refusedRenewals(): number {
    return [...this.#held].reduce((sum, { refusedRenewals }) => sum + refusedRenewals, this.#refusedBefore)
  }

  /**
   * Prepares these upstreams. `called`: names of those that answer calls, rather than get copies alone. Nothing changes before
   * `commit`.
   * @throws {UnusableCertificate} or the system's error when a file cannot be read
   */
  async prepare(
    configs: readonly UpstreamConfig[],
    called: ReadonlySet<string>,
    limits: SharedLimits,
  ): Promise<PreparedFleet> {
    const next = new Map(
      await Promise.all(
        configs.map(async (config): Promise<[string, FleetUpstream]> => {
          const known = this.#current.get(config.name)
          const isKept = known !== undefined && canUpdate(known.config, config)
          return [config.name, isKept ? known : await FleetUpstream.read(config, limits, this.#parts)]
        }),
      ),
    )
    const upstreams = new Map([...next].map(([name, { cluster }]) => [name, cluster]))
    const commit = (): (() => void) => {
      this.#called = called
      return this.#commit(next, configs, limits)
    }
    return { upstreams, commit }
  }

  /** Reads the certificate files now. */
  async reload(): Promise<void> {
    await Promise.all([...this.#current.values()].map((upstream) => upstream.reload()))
  }

  /** Lets open streams finish, and refuses waiting calls. */
  drain(): void {
    for (const upstream of this.#held) upstream.drain()
  }

  destroy(): void {
    for (const all of [this.#held, this.#leaving]) for (const { cluster } of all) cluster.destroy()
  }

  #commit(
    next: ReadonlyMap<string, FleetUpstream>,
    configs: readonly UpstreamConfig[],
    limits: SharedLimits,
  ): () => void {
    const before = new Set(this.#current.values())
    this.#current = next
    for (const config of configs) {
      const upstream = next.get(config.name)
      if (upstream === undefined) continue
      upstream.hold()
      this.#held.add(upstream)
      if (before.has(upstream)) upstream.update(config, limits)
      else upstream.start()
    }
    return () => {
      for (const upstream of next.values()) if (upstream.release()) this.#leave(upstream)
    }
  }

  /** Those that have closed their connections meanwhile are forgotten. */
  #leave(upstream: FleetUpstream): void {
    this.#held.delete(upstream)
    this.#refusedBefore += upstream.refusedRenewals
    this.#leaving.add(upstream)
    for (const one of this.#leaving) if (one.cluster.sessions === 0) this.#leaving.delete(one)
  }
}
