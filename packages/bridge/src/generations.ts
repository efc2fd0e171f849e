import type { BridgeError } from "./core/errors.ts"
import type { Exchange } from "./core/exchange.ts"
import type { StallLimits } from "./core/stall-clock.ts"
import type { SharedLimits } from "./fleet/fleet-upstream.ts"
import type { Fleet } from "./fleet/fleet.ts"
import type { CountedRoutes, Generation, GenerationOptions, SharedParts } from "./generation.ts"
import { createGeneration } from "./generation.ts"
import { calledUpstreams } from "./routing/called-upstreams.ts"
import type { RouteConfig } from "./routing/route-config.ts"
import { RouteCounters } from "./routing/route-counts.ts"
import type { UpstreamConfig } from "./upstream/upstream-config.ts"

/** The part of a configuration that can change while the bridge runs. */
export interface ChangeableConfig extends GenerationOptions, StallLimits, SharedLimits {
  readonly upstreams: readonly UpstreamConfig[]
  readonly routes: readonly RouteConfig[]
}

/** A generation that is ready to take over. */
export interface PreparedGeneration {
  /** New calls are served by it from now on. Calls of the one before finish as they began. */
  commit(): void
}

/** The generation that serves new calls, and earlier ones until their last calls have ended. */
export class Generations {
  readonly #fleet: Fleet
  readonly #shared: SharedParts
  readonly #live = new Set<Generation>()
  readonly #counters = new RouteCounters()
  #current: Generation | null = null
  #release: () => void = () => {}

  constructor(fleet: Fleet, shared: SharedParts) {
    this.#fleet = fleet
    this.#shared = shared
  }

  /** The routes in force. Null: before the first generation. */
  get routes(): CountedRoutes | null {
    return this.#current?.routes ?? null
  }

  readonly serve = (exchange: Exchange): void => {
    if (this.#current === null) throw new Error("a request came before the first generation")
    this.#current.serve(exchange)
  }

  /**
   * Builds a generation. Nothing changes before `commit`.
   * @throws {UnusableCertificate} or the system's error when a file of an upstream cannot be read
   */
  async prepare(config: ChangeableConfig): Promise<PreparedGeneration> {
    const limits = { maxCallsPerClient: config.maxCallsPerClient } // no more: it tells whether an upstream has changed
    const { upstreams, commit } = await this.#fleet.prepare(config.upstreams, calledUpstreams(config.routes), limits)
    const named = { upstreams, configs: config.upstreams }
    const { counts, use } = this.#counters.prepare(config.routes)
    const generation = createGeneration(config, { configs: config.routes, counts }, named, this.#shared)
    return {
      commit: () => {
        this.#shared.stalls.limit(config)
        use()
        this.#takeOver(generation, commit())
      },
    }
  }

  /** Ends every open call with this error. Returns how many there were. */
  endCalls(error: BridgeError): number {
    let ended = 0
    for (const generation of this.#live) ended += generation.endCalls(error)
    return ended
  }

  #takeOver(generation: Generation, release: () => void): void {
    const before = this.#current
    const releaseBefore = this.#release
    this.#current = generation
    this.#release = release
    this.#live.add(generation)
    before?.retire(() => {
      this.#live.delete(before)
      releaseBefore()
    })
  }
}
