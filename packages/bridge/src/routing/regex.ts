import type { CharSet, RegexNode } from "./regex-parser.ts"
import { parseRegex } from "./regex-parser.ts"

/** Bound of an expression's size. */
const maxStates = 1_000
/**
 * Bound of the visits of states for one value, some milliseconds. Strangers write the values: without it a value of 16 KiB could
 * stop all other calls for half a second. Usual expressions visit up to ten states for each character.
 */
const maxVisits = 100_000

/** How a value compares with an expression. `tooCostly`: it was not compared to its end. */
export type Comparison = "matches" | "differs" | "tooCostly"

/** The problem with a regular expression, or null. */
export function regexProblem(source: string): string | null {
  const parsed = parseRegex(source)
  if (parsed.kind === "problem") return parsed.problem
  const states = sizeOf(parsed.root)
  if (states <= maxStates) return null
  const count = states > 1_000_000 ? "more than a million" : states
  return `it has ${count} states, of which at most ${maxStates} are allowed; each {n} multiplies the states of its part`
}

/**
 * A regular expression that matches whole values in bounded time, linear in their length, whatever the expression and the value are
 * (Thompson's simulation: all states in which the expression may be advance together, one character at a time). Matching
 * allocates nothing.
 */
export class Regex {
  /** Characters that a state takes. Null: it takes none and leads on to `#next` and `#other`. */
  readonly #chars: (CharSet | null)[] = []
  /** The following state. The accepting state leads to itself. */
  readonly #next: number[] = []
  /** Another following state, or -1. */
  readonly #other: number[] = []
  readonly #start: number
  readonly #accepting: number
  #current: Int32Array
  #following: Int32Array
  readonly #pending: Int32Array
  /** For each state, the number of characters before its last visit. */
  readonly #visited: Int32Array
  #visits = 0

  /** Takes a source that `regexProblem` has accepted. */
  constructor(source: string) {
    const parsed = parseRegex(source)
    if (parsed.kind === "problem") throw new TypeError(`"${source}" is no regular expression: ${parsed.problem}`)
    this.#accepting = this.#add(null, 0, -1)
    this.#start = this.#compile(parsed.root, this.#accepting)
    const size = this.#next.length
    this.#current = new Int32Array(size)
    this.#following = new Int32Array(size)
    this.#pending = new Int32Array(2 * size + 1)
    this.#visited = new Int32Array(size)
  }

  /** True if the whole value matches. A value that takes too many steps does not. */
  matches(value: string): boolean {
    return this.compare(value) === "matches"
  }

  /** Compares the whole value. */
  compare(value: string): Comparison {
    this.#visits = 0
    this.#visited.fill(-1)
    let size = this.#enter(this.#start, this.#current, 0, 0)
    for (let i = 0; i < value.length && size > 0; i++) {
      if (this.#visits > maxVisits) return "tooCostly"
      const code = Math.min(value.charCodeAt(i), 256)
      let following = 0
      for (let k = 0; k < size; k++) {
        const state = this.#current[k]
        if (this.#chars[state]?.[code] === 1)
          following = this.#enter(this.#next[state], this.#following, following, i + 1)
      }
      const swapped = this.#current
      this.#current = this.#following
      this.#following = swapped
      size = following
    }
    return this.#visited[this.#accepting] === value.length ? "matches" : "differs"
  }

  /** Adds the states that are reached without a character to the list. Each is visited once for each character. */
  #enter(first: number, list: Int32Array, size: number, at: number): number {
    const pending = this.#pending
    let visits = 0
    pending[0] = first
    for (let waiting = 1; waiting > 0; visits++) {
      const state = pending[--waiting]
      if (this.#visited[state] === at) continue
      this.#visited[state] = at
      if (this.#chars[state] !== null) list[size++] = state
      else if (state !== this.#accepting) {
        if (this.#other[state] >= 0) pending[waiting++] = this.#other[state]
        pending[waiting++] = this.#next[state]
      }
    }
    this.#visits += visits
    return size
  }

  #add(chars: CharSet | null, next: number, other: number): number {
    this.#chars.push(chars)
    this.#other.push(other)
    return this.#next.push(next) - 1
  }

  /** Builds the states of a node, backwards from the state that follows it. Returns its first state. */
  #compile(node: RegexNode, next: number): number {
    switch (node.kind) {
      case "chars":
        return this.#add(node.chars, next, -1)
      case "sequence":
        return node.parts.reduceRight((after, part) => this.#compile(part, after), next)
      case "choice":
        return node.options
          .map((option) => this.#compile(option, next))
          .reduceRight((rest, option) => this.#add(null, option, rest))
      case "repeat":
        return this.#compileRepeat(node.part, node.min, node.max, next)
    }
  }

  #compileRepeat(part: RegexNode, min: number, max: number, next: number): number {
    let first = next
    if (max === Infinity) {
      first = this.#add(null, next, next)
      this.#next[first] = this.#compile(part, first)
    } else {
      for (let i = min; i < max; i++) first = this.#add(null, this.#compile(part, first), next)
    }
    for (let i = 0; i < min; i++) first = this.#compile(part, first)
    return first
  }
}

/**
 * Number of states, without building them: repetitions of repetitions would fill the memory. Empty parts count too, since
 * building them takes time.
 */
function sizeOf(node: RegexNode): number {
  switch (node.kind) {
    case "chars":
      return 1
    case "sequence":
      return Math.max(1, sum(node.parts))
    case "choice":
      return sum(node.options) + node.options.length - 1
    case "repeat": {
      const size = sizeOf(node.part)
      const rounds = node.max === Infinity ? node.min + 1 : node.max
      return Math.max(1, rounds * (size + 1))
    }
  }
}

function sum(nodes: readonly RegexNode[]): number {
  return nodes.reduce((total, node) => total + sizeOf(node), 0)
}
