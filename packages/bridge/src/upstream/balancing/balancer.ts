/** An endpoint as a balancer sees it. */
export interface Candidate {
  /** Identifies the endpoint when the candidates change. */
  readonly key: string
  /** Share of calls beside its neighbours, 1 and up. */
  readonly weight: number
  readonly zone: string | null
  /** 0 comes first. */
  readonly priority: number
  /** Number of calls that it has now. */
  readonly inFlight: number
  /** An open session has a free stream. */
  readonly hasRoom: boolean
}

/** The part of a call that a balancer reads. */
export interface Pick {
  /** Hash of the part of the call that chooses its endpoint. */
  readonly hash: number
  /** Keys of endpoints that are chosen only if there is no other. */
  readonly avoid: readonly string[]
}

/** Chooses an endpoint for each call. */
export interface Balancer<C extends Candidate> {
  /** Chooses among these from now on. What is known of those that stay is kept. */
  update(candidates: readonly C[]): void
  /** Null: no endpoint has room. */
  pick(pick: Pick, nowMs: number): C | null
}

/** Takes the endpoints in turn. */
export function createBalancer<C extends Candidate>(): Balancer<C> {
  let candidates: readonly C[] = []
  let last = 0
  return {
    update(next) {
      candidates = next
    },
    pick({ avoid }) {
      let second: C | null = null
      for (let step = 1; step <= candidates.length; step++) {
        const place = (last + step) % candidates.length
        const candidate = candidates[place]
        if (candidate === undefined || !candidate.hasRoom) continue
        if (avoid.includes(candidate.key)) second ??= candidate
        else {
          last = place
          return candidate
        }
      }
      return second
    },
  }
}
