import { Session, type Profiler } from "node:inspector"

/** Of each script, by its id: for every character of its source, how often it ran, as 1 + log2; 0: never. */
export type Reach = ReadonlyMap<string, Uint8Array>

/** Tells what of the code under test ran. */
export interface Coverage {
  /** What ran since the last call. */
  take(): Reach
}

/**
 * V8's own block coverage, of the modules whose URL matches. To be started before they are loaded: what is compiled already has no
 * counters. For one thread alone; it ends with its thread.
 */
export function startCoverage(isUnderTest: (url: string) => boolean): Coverage {
  const session = new Session()
  session.connect()
  session.post("Profiler.enable")
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })
  const take = (): Reach => {
    let scripts: readonly Profiler.ScriptCoverage[] = []
    // The callback runs before `post` returns, since the session is with this very thread.
    session.post("Profiler.takePreciseCoverage", (_error, { result }) => (scripts = result))
    return new Map(scripts.filter(({ url }) => isUnderTest(url)).map((script) => [script.scriptId, reachOf(script)]))
  }
  return { take }
}

/** Ranges are nested, the outer ones first: what an inner one says of its part counts. */
function reachOf({ functions }: Profiler.ScriptCoverage): Uint8Array {
  const ranges = functions.flatMap(({ ranges }) => ranges)
  const reach = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)))
  for (const { startOffset, endOffset, count } of ranges) reach.fill(32 - Math.clz32(count), startOffset, endOffset)
  return reach
}

/** How often the part ran that ran most, down to a power of two. */
export function mostRuns(reach: Reach): number {
  let most = 0
  for (const magnitudes of reach.values()) for (const magnitude of magnitudes) most = Math.max(most, magnitude)
  return most === 0 ? 0 : 2 ** (most - 1)
}

/** All that ran so far. */
export class Reached {
  readonly #most = new Map<string, Uint8Array>()

  /** Characters of source. */
  get size(): number {
    let size = 0
    for (const most of this.#most.values()) for (const magnitude of most) if (magnitude > 0) size++
    return size
  }

  /** Whether one of so many inputs, which ran this together, ran something new, or something more often by an order of magnitude. */
  isNews(reach: Reach, inputs: number): boolean {
    const summed = 32 - Math.clz32(inputs - 1) // what adding up so many may add to a magnitude
    for (const [script, now] of reach) {
      const most = this.#most.get(script)
      if (most === undefined || most.length < now.length) return true
      for (let at = 0; at < now.length; at++) {
        if (now[at] > 0 && (most[at] === 0 || now[at] > most[at] + summed)) return true
      }
    }
    return false
  }

  /** Adds what one input ran; whether it was news. */
  add(reach: Reach): boolean {
    const isNews = this.isNews(reach, 1)
    for (const [script, now] of reach) {
      const most = new Uint8Array(Math.max(now.length, this.#most.get(script)?.length ?? 0))
      most.set(this.#most.get(script) ?? [])
      for (let at = 0; at < now.length; at++) most[at] = Math.max(most[at], now[at])
      this.#most.set(script, most)
    }
    return isNews
  }
}
