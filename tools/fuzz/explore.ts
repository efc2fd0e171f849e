import type { Allocations } from "./allocations.ts"
import { mostRuns, Reached, type Coverage } from "./coverage.ts"
import { judge, judgeSteps, stretch, type Verdict } from "./judge.ts"
import { mutate } from "./mutate.ts"
import { createRandom, type Random } from "./random.ts"
import type { FuzzTarget } from "./target.ts"

/** Limits of an exploration, and its seed. */
export interface Bounds {
  readonly seed: number
  readonly maxRuns: number
  readonly maxMs: number
  readonly maxBytes: number
}

/** The result of an exploration. */
export interface Exploration {
  readonly runs: number
  /** Number of source characters that ran. */
  readonly reached: number
  /** The inputs worth keeping. Each reaches code that the earlier ones do not reach, or runs it more often. */
  readonly inputs: readonly Uint8Array[]
  readonly finding: Finding | null
}

/** An input that shows a defect. */
export interface Finding {
  readonly kind: Verdict["kind"] | "lost"
  readonly problem: string
  readonly input: Uint8Array
}

/** Measurements that an exploration needs from its thread. */
export interface Probes {
  readonly coverage: Coverage
  readonly allocations: Allocations
  /** Called with each input before it is tried. If the thread hangs, the last input is the cause. */
  begin(input: Uint8Array): void
}

/** Number of inputs between two reads of the coverage. One read costs as much as dozens of inputs. */
const batchInputs = 32

/**
 * Explores a target. Tries the given inputs first, then mutations of the inputs that reached new code. Keeps each
 * mutation that reaches new code in turn. Ends when an input shows a defect, or at the bounds.
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

  /** Tries a batch of children. Tries them again one by one only if the batch reached new code. */
  tryBatch(): Finding | null {
    const children = Array.from({ length: batchInputs }, () => this.#child())
    for (const child of children) {
      const finding = this.#attempt(child)
      if (finding !== null) return finding
    }
    return this.reached.isNews(this.#probes.coverage.take(), batchInputs) ? this.keepWorthy(children) : null
  }

  /** Tries each candidate alone and keeps those that reach new code. Also tries a stretched copy of each kept input. */
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

  /** Tries a long input, and judges how often it runs any part of the code. */
  #attemptLong(input: Uint8Array): Finding | null {
    const finding = this.#attempt(input)
    const verdict = judgeSteps(mostRuns(this.#probes.coverage.take()), input)
    return verdict === null ? finding : { ...verdict, input }
  }

  /** Removes all bytes from the input that the defect does not need. */
  shrink(finding: Finding): Finding {
    if (finding.kind === "time") return finding // each attempt would take that long again
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

  /** Mutates a kept input. Half of the time it is a recent one, because recent inputs have been tried less. */
  #child(): Uint8Array {
    const { inputs } = this
    const from = this.#random.below(2) === 0 ? Math.max(0, inputs.length - 8) : 0
    const parent = inputs[from + this.#random.below(inputs.length - from)] ?? new Uint8Array()
    const material = { random: this.#random, inputs, words: this.#words, maxBytes: this.#bounds.maxBytes }
    return mutate(parent, material)
  }
}
