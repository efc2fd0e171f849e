import { hashOf, mixHashes } from "../../core/hash.ts"
import type { Candidate, Choice, Pick, Policy } from "./candidate.ts"
import { mayAwait, mayTake } from "./candidate.ts"

/** Points of the endpoint with the least weight, if the ring has room for as many (Envoy: 100 to 200 for an even ring). */
const pointsPerWeight = 128
/** Points of the whole ring: bounds the work of one update. */
const maxPoints = 16_384

/**
 * The endpoint that follows the call's hash on a ring of hashes. An endpoint that comes or goes changes the endpoint of few calls.
 * A weight is a share of the points.
 *
 * A call waits for an endpoint that connects (gRFC A42), and goes to the next one on the ring if that fails: otherwise each restart of
 * an endpoint, and of the bridge, would move its calls to others for a moment. An endpoint whose streams are all in use passes its
 * calls on.
 */
export class RingHash<C extends Candidate> implements Policy<C> {
  #candidates: readonly C[] = []
  /** Places on the ring, ascending. */
  #places = new Float64Array(0)
  /** Index of the candidate of each place. */
  #owners = new Uint32Array(0)

  update(candidates: readonly C[]): void {
    this.#candidates = candidates
    const points = pointsOf(candidates)
    this.#places = Float64Array.from(points, ({ place }) => place)
    this.#owners = Uint32Array.from(points, ({ owner }) => owner)
  }

  pick(pick: Pick, isPanicking: boolean): Choice<C> {
    const { length } = this.#places
    const start = this.#firstFrom(pick.hash)
    let last = -1
    for (let step = 0; step < length; step++) {
      const owner = this.#owners[(start + step) % length]
      if (owner === last) continue
      last = owner
      const candidate = this.#candidates[owner]
      if (mayTake(candidate, pick, isPanicking)) return candidate
      if (mayAwait(candidate, pick, isPanicking)) return "connecting"
      if (step === 0 && !this.#hasAny(pick, isPanicking)) return null
    }
    return null
  }

  /** Spares a walk around the whole ring while no endpoint has room or connects. */
  #hasAny(pick: Pick, isPanicking: boolean): boolean {
    return this.#candidates.some(
      (candidate) => mayTake(candidate, pick, isPanicking) || mayAwait(candidate, pick, isPanicking),
    )
  }

  /** The first place at or after this hash. */
  #firstFrom(hash: number): number {
    let low = 0
    let high = this.#places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#places[middle] < hash) low = middle + 1
      else high = middle
    }
    return low
  }
}

interface Point {
  readonly place: number
  readonly owner: number
}

function pointsOf(candidates: readonly Candidate[]): readonly Point[] {
  const least = Math.min(...candidates.map(({ weight }) => weight))
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0)
  const perWeight = Math.min(pointsPerWeight / least, maxPoints / total)
  const points = candidates.flatMap(({ key, weight }, owner) => {
    const hash = hashOf(key)
    const count = Math.max(1, Math.round(weight * perWeight))
    return Array.from({ length: count }, (_, point): Point => ({ place: mixHashes(hash, point), owner }))
  })
  return points.sort((a, b) => a.place - b.place || a.owner - b.owner)
}
