import type { Candidate, Choice, Pick } from "../../src/upstream/balancing/candidate.ts"

/** A candidate whose fields a test can change. */
export type TestCandidate = { -readonly [Field in keyof Candidate]: Candidate[Field] }

/** A healthy endpoint with room, with the given differences. */
export function candidate(key: string, differences: Partial<TestCandidate> = {}): TestCandidate {
  return {
    key,
    weight: 1,
    zone: null,
    priority: 0,
    inFlight: 0,
    readySinceMs: 0,
    hasRoom: true,
    isConnecting: false,
    isHealthy: true,
    load: null,
    ...differences,
  }
}

/** `count` candidates, named by their numbers. */
export function candidates(count: number, differences: Partial<TestCandidate> = {}): TestCandidate[] {
  return Array.from({ length: count }, (_, number) => candidate(`10.0.0.${number}:50051`, differences))
}

/** Random numbers that are the same in every run (mulberry32). */
export function repeatable(seed = 1): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const anyCall: Pick = { hash: 0, avoid: [] }

/** The chosen endpoint. Null: the call waits. */
export function chosen<C extends Candidate>(choice: Choice<C>): C | null {
  return choice === "connecting" ? null : choice
}

/** How often each key is chosen in so many picks. */
export function tally(picks: number, pick: () => Choice<TestCandidate>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < picks; i++) {
    const key = chosen(pick())?.key ?? "none"
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
