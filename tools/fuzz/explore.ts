import type { Allocations } from "./allocations.ts"
import { mostRuns, Reached, type Coverage } from "./coverage.ts"
import { judge, judgeSteps, stretch, type Verdict } from "./judge.ts"
import { mutate } from "./mutate.ts"
import { createRandom, type Random } from "./random.ts"
import type { FuzzTarget } from "./target.ts"

/** How far to go. */
export interface Bounds {
  readonly seed: number
  readonly maxRuns: number
  readonly maxMs: number
  readonly maxBytes: number
}

/** What was found out. */
export interface Exploration {
  readonly runs: number
  /** Characters of source that ran. */
  readonly reached: number
  /** Each runs something that those before it do not, or more often. */
  readonly inputs: readonly Uint8Array[]
  readonly finding: Finding | null
}

/** An input that shows a defect. */
export interface Finding {
  readonly kind: Verdict["kind"] | "lost"
  readonly problem: string
  readonly input: Uint8Array
}

/** What exploring needs of its thread. */
export interface Probes {
  readonly coverage: Coverage
  readonly allocations: Allocations
  /** Told of each input before it is tried: what it is when the thread does not come back. */
  begin(input: Uint8Array): void
}

/** Inputs between two looks at the coverage: a look costs as much as dozens of inputs. */
const batchInputs = 32

/**
 * Tries children of the inputs that ran something new, and keeps those that do so again, until one shows a defect or the bounds are
 * reached. The inputs given come first.
 */
export function explore(target: FuzzTarget, given: readonly Uint8Array[], bounds: Bounds, probes: Probes): Exploration {
  const explorer = new Explorer(target, bounds, probes)
  let finding = explorer.keepWorthy([new Uint8Array(), ...given])
  const endMs = performance.now() + bounds.maxMs
  while (finding === null && explorer.runs < bounds.maxRuns && performance.now() < endMs) finding = explorer.tryBatch()
  const { runs, reached, inputs } = explorer
  return { runs, reached: reached.size, inputs, finding: finding && explorer.shrink(finding) }
}

class Explorer {
  readonly inputs: Uint8Array[] = []
  readonly reached: Reached = new Reached()
  runs = 0
  readonly #target: FuzzTarget
  readonly #bounds: Bounds
  readonly #probes: Probes
  readonly #random: Random
  readonly #words: readonly Uint8Array[]

  constructor(target: FuzzTarget, bounds: Bounds, probes: Probes) {
    this.#target = target
    this.#bounds = bounds
    this.#probes = probes
    this.#random = createRandom(bounds.seed)
    this.#words = (target.words ?? []).map((word) => Buffer.from(word, "latin1"))
    probes.coverage.take()
  }

  /** Tries some children, all at once; one by one only when some ran something new. */
  tryBatch(): Finding | null {
    const children = Array.from({ length: batchInputs }, () => this.#child())
    for (const child of children) {
      const finding = this.#attempt(child)
      if (finding !== null) return finding
    }
    return this.reached.isNews(this.#probes.coverage.take(), batchInputs) ? this.keepWorthy(children) : null
  }

  /** Tries each alone, keeps those that run something new, and tries these at length. */
  keepWorthy(candidates: readonly Uint8Array[]): Finding | null {
    const { coverage } = this.#probes
    for (const input of candidates) {
      const finding = this.#attempt(input)
      if (finding !== null) return finding
      if (!this.reached.add(coverage.take())) continue
      this.inputs.push(input)
      const longFinding = this.#attemptLong(stretch(input))
      if (longFinding !== null) return longFinding
    }
    return null
  }

  /** Tries a long input, and counts how often its parts of the code run. */
  #attemptLong(input: Uint8Array): Finding | null {
    const finding = this.#attempt(input)
    const verdict = judgeSteps(mostRuns(this.#probes.coverage.take()), input)
    return verdict === null ? finding : { ...verdict, input }
  }

  /** Leaves out of an input what it does not take to show its defect. */
  shrink(finding: Finding): Finding {
    if (finding.kind === "time") return finding // which would take that long again and again
    let least = finding
    for (let size = Math.ceil(least.input.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < least.input.length;) {
        const { input } = least
        const again = this.#attempt(Uint8Array.from([...input.subarray(0, at), ...input.subarray(at + size)]))
        if (again === null) at += size
        else least = again
      }
    }
    return least
  }

  #attempt(input: Uint8Array): Finding | null {
    this.runs++
    this.#probes.begin(input)
    const verdict = judge(this.#target, input, this.#probes.allocations)
    return verdict && { ...verdict, input }
  }

  /** Half of the time a child of a recent find, which has been tried less. */
  #child(): Uint8Array {
    const { inputs } = this
    const from = this.#random.below(2) === 0 ? Math.max(0, inputs.length - 8) : 0
    const parent = inputs[from + this.#random.below(inputs.length - from)] ?? new Uint8Array()
    const material = { random: this.#random, inputs, words: this.#words, maxBytes: this.#bounds.maxBytes }
    return mutate(parent, material)
  }
}
