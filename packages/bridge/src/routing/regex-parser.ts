/** A regular expression as a tree. It has no back-references and no look-around, so that it can be matched in linear time. */
export type RegexNode =
  | { readonly kind: "chars"; readonly chars: CharSet }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly options: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly part: RegexNode; readonly min: number; readonly max: number }

/** A table with a 1 for each character of the set, by code. The entry 256 stands for every character above U+00FF. */
export type CharSet = Uint8Array

/** The result of parsing: a tree, or the problem in words. */
export type ParsedRegex =
  | { readonly kind: "regex"; readonly root: RegexNode }
  | { readonly kind: "problem"; readonly problem: string }

const maxRepeat = 1_000
const maxDepth = 50
/** More can only be long classes. */
const maxLength = 4_096

/**
 * Parses a part of RE2's syntax: characters, `.`, classes, groups, `|`, `*`, `+`, `?`, `{m,n}`, `(?i)` at the beginning, and
 * the escapes `\d \D \w \W \s \S \t \xHH`. `^` at the beginning and `$` at the end may be written, and change nothing.
 */
export function parseRegex(source: string): ParsedRegex {
  if (source.length > maxLength) return { kind: "problem", problem: `it has more than ${maxLength} characters` }
  const parser = new Parser(source)
  try {
    return { kind: "regex", root: parser.parse() }
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error
    return { kind: "problem", problem: `${error.message} (character ${parser.at + 1})` }
  }
}

class RegexProblem extends Error {}

class Parser {
  readonly #source: string
  readonly #end: number
  #ignoresCase = false
  #depth = 0
  at = 0

  constructor(source: string) {
    this.#source = source
    this.#end = /(?:^|[^\\])(?:\\\\)*\$$/.test(source) ? source.length - 1 : source.length
  }

  parse(): RegexNode {
    if (this.#take("(?i)")) this.#ignoresCase = true
    this.#take("^")
    const root = this.#choice()
    if (this.at < this.#end) throw new RegexProblem("there is a ) without a (")
    return root
  }

  #choice(): RegexNode {
    if (++this.#depth > maxDepth) throw new RegexProblem(`groups are nested more than ${maxDepth - 1} deep`)
    const options = [this.#sequence()]
    while (this.#take("|")) options.push(this.#sequence())
    this.#depth--
    return options.length === 1 ? options[0] : { kind: "choice", options }
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = []
    while (this.at < this.#end && !"|)".includes(this.#source[this.at])) parts.push(this.#repeated())
    return { kind: "sequence", parts }
  }

  #repeated(): RegexNode {
    const part = this.#atom()
    const bounds = this.#bounds()
    if (bounds === null) return part
    if (this.at < this.#end && "*+?{".includes(this.#source[this.at]))
      throw new RegexProblem("a repetition follows a repetition; a whole value matches, so lazy ones are not needed")
    return { kind: "repeat", part, min: bounds[0], max: bounds[1] }
  }

  #bounds(): readonly [min: number, max: number] | null {
    if (this.#take("*")) return [0, Infinity]
    if (this.#take("+")) return [1, Infinity]
    if (this.#take("?")) return [0, 1]
    if (this.#source[this.at] !== "{") return null
    const [whole, from, comma, to] = /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(this.#source.slice(this.at, this.#end)) ?? []
    if (whole === undefined)
      throw new RegexProblem("a repetition such as {2}, {2,} or {2,5} is expected; write \\{ for a {")
    const min = Number(from)
    const max = comma === "" ? min : to === "" ? Infinity : Number(to)
    if (min > maxRepeat || (max !== Infinity && max > maxRepeat))
      throw new RegexProblem(`a repetition has more than ${maxRepeat} rounds`)
    if (min > max || (comma === "" && to !== "")) throw new RegexProblem(`${whole} repeats no number of times`)
    this.at += whole.length
    return [min, max]
  }

  #atom(): RegexNode {
    const char = this.#source[this.at]
    if (char === "(") return this.#group()
    if (char === "[") return this.#chars(this.#class())
    if (char === ".") return this.#step(1, this.#chars(complementOf(setOf("\n"))))
    if (char === "\\") return this.#chars(this.#escape())
    if ("*+?{".includes(char)) throw new RegexProblem(`${char} repeats nothing; write \\${char} for the character`)
    if ("^$".includes(char))
      throw new RegexProblem(`${char} stands inside; a whole value matches, so it may stand only at the edge`)
    return this.#step(1, this.#chars(singleSet(char)))
  }

  #group(): RegexNode {
    const start = this.#source.slice(this.at, this.at + 3)
    if (start.startsWith("(?") && start !== "(?:")
      throw new RegexProblem(
        "look-around, named groups and flags are not supported; (…), (?:…), and (?i) at the beginning are",
      )
    this.at += start === "(?:" ? 3 : 1
    const inner = this.#choice()
    if (this.at >= this.#end || !this.#take(")")) throw new RegexProblem("there is a ( without a )")
    return inner
  }

  #class(): CharSet {
    this.at++
    const isNegated = this.#take("^")
    const set = new Uint8Array(257)
    for (let isFirst = true; isFirst || this.#source[this.at] !== "]"; isFirst = false) {
      if (this.at >= this.#end) throw new RegexProblem("there is a [ without a ]")
      if (this.#source.startsWith("[:", this.at)) throw new RegexProblem("classes such as [:alpha:] are not supported")
      const low = this.#classItem()
      const isRange = this.#source[this.at] === "-" && this.at + 1 < this.#end && this.#source[this.at + 1] !== "]"
      if (isRange) this.at++
      const high = isRange ? this.#classItem() : low
      if (isRange) addRange(set, singleOf(low), singleOf(high))
      else low.forEach((has, code) => (set[code] |= has))
    }
    this.at++
    // Letter case comes first: [^a] must not match A if case is ignored.
    return isNegated ? complementOf(this.#ignoresCase ? bothCases(set) : set) : set
  }

  #classItem(): CharSet {
    return this.#source[this.at] === "\\" ? this.#escape() : this.#step(1, singleSet(this.#source[this.at]))
  }

  #escape(): CharSet {
    const char = this.#source[this.at + 1] ?? ""
    const known = this.at + 1 < this.#end ? escapes.get(char.toLowerCase()) : undefined
    if (known !== undefined) return this.#step(2, char === char.toLowerCase() ? known : complementOf(known))
    if (char === "t") return this.#step(2, setOf("\t"))
    const [hex] = /^[0-9a-f]{2}/i.exec(this.#source.slice(this.at + 2, this.at + 4)) ?? []
    if (char === "x" && hex !== undefined) return this.#step(4, setOf(String.fromCharCode(Number.parseInt(hex, 16))))
    if (/^[!-/:-@[-`{-~]$/.test(char)) return this.#step(2, setOf(char))
    throw new RegexProblem(
      `\\${char} is not supported; expected \\d \\D \\w \\W \\s \\S \\t \\xHH, or \\ before a punctuation mark`,
    )
  }

  #chars(set: CharSet): RegexNode {
    return { kind: "chars", chars: this.#ignoresCase ? bothCases(set) : set }
  }

  #step<T>(length: number, value: T): T {
    this.at += length
    return value
  }

  #take(token: string): boolean {
    if (!this.#source.startsWith(token, this.at) || this.at + token.length > this.#end) return false
    this.at += token.length
    return true
  }
}

/** In ASCII, as in RE2. */
const escapes: ReadonlyMap<string, CharSet> = new Map([
  ["d", setOf("0123456789")],
  ["w", setOf("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")],
  ["s", setOf("\t\n\f\r ")],
])

/** Sets of one character. They are shared, and never changed. */
const singles = new Map<string, CharSet>()

function singleSet(char: string): CharSet {
  const set = singles.get(char) ?? setOf(char)
  singles.set(char, set)
  return set
}

function setOf(chars: string): CharSet {
  const set = new Uint8Array(257)
  for (let i = 0; i < chars.length; i++) {
    if (chars.charCodeAt(i) > 255) throw new RegexProblem("a character above U+00FF cannot occur in a field's value")
    set[chars.charCodeAt(i)] = 1
  }
  return set
}

function complementOf(set: CharSet): CharSet {
  return set.map((has) => 1 - has)
}

/** Adds the other case of ASCII letters. */
function bothCases(set: CharSet): CharSet {
  const both = set.slice()
  for (let code = 65; code <= 90; code++) both[code] = both[code + 32] = set[code] | set[code + 32]
  return both
}

function addRange(set: CharSet, low: number, high: number): void {
  if (low > high) throw new RegexProblem("a range in a class ends before it begins")
  set.fill(1, low, high + 1)
}

function singleOf(set: CharSet): number {
  if (set.indexOf(1) !== set.lastIndexOf(1))
    throw new RegexProblem("a range in a class begins or ends with \\d, \\w or \\s")
  return set.indexOf(1)
}
