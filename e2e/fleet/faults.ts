import { FleetEndpoint } from "../../packages/bridge/test/support/fleet-endpoint.ts"

/** What happens to an endpoint. `none`: it serves all the time. */
export type Fault =
  | "crashes"
  | "restarts in order"
  | "hangs"
  | "answers UNAVAILABLE"
  | "answers slowly"
  | "moves"
  | "none"

/** An endpoint of the fleet and its fault. */
export interface Member {
  readonly fault: Fault
  /** The places at which it can be. All but those of one that moves are a single one. */
  readonly places: readonly FleetEndpoint[]
}

const faults: readonly Fault[] = [
  "crashes",
  "restarts in order",
  "hangs",
  "answers UNAVAILABLE",
  "answers slowly",
  "moves",
]

/** Twenty endpoints, a few of which have faults at fixed seconds of the run. */
export class FaultyFleet {
  readonly members: readonly Member[]
  /** Number of crashes, restarts and moves so far. */
  interruptions = 0
  readonly #places: FleetEndpoint[] = []
  #isAtSecondPlace = false

  constructor(size: number) {
    this.members = Array.from({ length: size }, (_, i) => {
      const fault = faults[i] ?? "none"
      const places = Array.from({ length: fault === "moves" ? 2 : 1 }, () => new FleetEndpoint())
      this.#places.push(...places)
      return { fault, places }
    })
  }

  async start(): Promise<void> {
    for (const place of this.#places) await place.start()
    await this.#with("moves").places[1].crash()
  }

  /** The addresses of the endpoints now. */
  get addresses(): string[] {
    return this.members.map(({ places }) => places[this.#isAtSecondPlace ? places.length - 1 : 0].url)
  }

  get openCalls(): number {
    return this.#places.reduce((sum, { openCalls }) => sum + openCalls, 0)
  }

  /** Does what is due in this second. True: an endpoint has moved, so `addresses` differs from before. */
  async second(second: number): Promise<boolean> {
    const isIn = (period: number, from: number, to: number): boolean => second % period >= from && second % period < to
    this.#with("hangs").places[0].mood = isIn(8, 2, 4) ? "hangs" : "well"
    this.#with("answers UNAVAILABLE").places[0].mood = isIn(8, 5, 7) ? "unavailable" : "well"
    this.#with("answers slowly").places[0].mood = isIn(4, 1, 3) ? "slow" : "well"
    const [crashing] = this.#with("crashes").places
    if (isIn(6, 1, 3)) await this.#stop(crashing)
    else await crashing.start()
    const [restarting] = this.#with("restarts in order").places
    if (isIn(6, 4, 5)) this.#leave(restarting)
    else if (!isIn(6, 5, 6)) await restarting.start()
    if (!isIn(4, 3, 4)) return false
    await this.#move()
    return true
  }

  /** Ends all faults. */
  async calmDown(): Promise<void> {
    for (const { places, fault } of this.members) {
      for (const place of places) place.mood = "well"
      if (fault !== "moves") await places[0].start()
    }
  }

  async close(): Promise<void> {
    for (const place of this.#places) await place.crash()
  }

  #with(fault: Fault): Member {
    const member = this.members.find((one) => one.fault === fault)
    if (member === undefined) throw new Error(`the fleet is too small for an endpoint that ${fault}`)
    return member
  }

  async #stop(place: FleetEndpoint): Promise<void> {
    if (!place.isRunning) return
    this.interruptions++
    await place.crash()
  }

  #leave(place: FleetEndpoint): void {
    this.interruptions++
    place.leave()
  }

  /** Starts it at its other place. The first place says GOAWAY before the bridge can know of the other one. */
  async #move(): Promise<void> {
    const { places } = this.#with("moves")
    const [from, to] = this.#isAtSecondPlace ? [places[1], places[0]] : places
    await to.start()
    this.#isAtSecondPlace = !this.#isAtSecondPlace
    this.#leave(from)
  }
}
