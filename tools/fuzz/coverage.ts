import { Session, type Profiler } from "node:inspector"

/**
 * Run counts by script id. The array has one byte for each character of the source: 1 + log2 of the number of runs,
 * rounded down, and 0 if the character never ran.
 */
export type Reach = ReadonlyMap<string, Uint8Array>

/** Measures which code under test ran. */
export interface Coverage {
  /** Returns the run counts since the last call. */
  take(): Reach
}

/**
 * Starts V8's block coverage for the modules whose URL matches. Start it before those modules are loaded, because
 * compiled code gets no counters. It covers only the calling thread, and ends with it.
 */
export function startCoverage(isUnderTest: (url: string) => boolean): Coverage {
  const session = new Session()
  session.connect()
  session.post("Profiler.enable")
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })
  const take = (): Reach => {
    let scripts: readonly Profiler.ScriptCoverage[] = []
    // The callback runs before `post` returns, because the session inspects its own thread.
    session.post("Profiler.takePreciseCoverage", (_error, { result }) => (scripts = result))
    return new Map(scripts.filter(({ url }) => isUnderTest(url)).map((script) => [script.scriptId, reachOf(script)]))
  }
  return { take }
}

/**
 * Converts V8's ranges to counts for each character. Ranges are nested, outer ones first, so inner ranges overwrite.
 */
function reachOf({ functions }: Profiler.ScriptCoverage): Uint8Array {
  const ranges = functions.flatMap(({ ranges }) => ranges)
  const reach = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)))
  for (const { startOffset, endOffset, count } of ranges) reach.fill(32 - Math.clz32(count), startOffset, endOffset)
  return reach
}

/** The highest run count of any code, rounded down to a power of two. */
export function mostRuns(reach: Reach): number {
  let most = 0
  for (const magnitudes of reach.values()) for (const magnitude of magnitudes) most = Math.max(most, magnitude)
  return most === 0 ? 0 : 2 ** (most - 1)
}

/** The highest run count of each character so far. */
export class Reached {
  readonly #most = new Map<string, Uint8Array>()

  /** Number of source characters that ran. */
  get size(): number {
    let size = 0
    for (const most of this.#most.values()) for (const magnitude of most) if (magnitude > 0) size++
    return size
  }

  /**
   * Whether a batch reached new code, or ran some code more often by a power of two. `reach` is the sum over
   * all `inputs` of the batch.
   */
  isNews(reach: Reach, inputs: number): boolean {
    const summed = 32 - Math.clz32(inputs - 1) // the sum over the batch can raise a magnitude by this much
    for (const [script, now] of reach) {
      const most = this.#most.get(script)
      if (most === undefined || most.length < now.length) return true
      for (let at = 0; at < now.length; at++) {
        if (now[at] > 0 && (most[at] === 0 || now[at] > most[at] + summed)) return true
      }
    }
    return false
  }

  /** Adds the run counts of one input. Returns whether they were news. */
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
