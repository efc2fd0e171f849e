import { basename } from "node:path"
import type { ConfigProblem } from "../schema.ts"
import type { Place, Tree } from "./tree.ts"

/** Where a configuration was written: a file with its words and units, or code with plain numbers. */
export type Dialect = "file" | "code"

/** Fills in `${VARIABLE}` and `${file:/path}`. Returns the text, or the problem without any secret in it. */
export type FillIn = (text: string) => { readonly text: string } | { readonly problem: string }

/** Limit of the problems that are kept. A file of another kind has a problem in each line. */
const maxProblems = 100
/** Limit of the characters of a message and of a name. */
const maxLength = 2_000

/** The state of reading one configuration: its problems, and the place of each value. */
export class Reading {
  readonly dialect: Dialect
  readonly fillIn: FillIn
  /** The names of all upstreams, even of those with problems. Routes may use no other. */
  upstreamNames: readonly string[] = []
  /** Its path, for messages. Empty: there is no file. */
  readonly file: string
  readonly #places = new Map<string, Place>()
  readonly #found: { readonly place: Place | null; readonly problem: ConfigProblem }[] = []
  #count = 0

  constructor(dialect: Dialect, file: string, fillIn: FillIn) {
    this.dialect = dialect
    this.file = file
    this.fillIn = fillIn
  }

  /** Every problem, in the order of the file. */
  get problems(): readonly ConfigProblem[] {
    const line = ({ place }: { readonly place: Place | null }): number => place?.line ?? 0
    const kept = this.#found.toSorted((a, b) => line(a) - line(b)).map(({ problem }) => problem)
    const more = this.#count - kept.length
    return more === 0 ? kept : [...kept, { name: "configuration", message: `has ${more} more problems` }]
  }

  get problemCount(): number {
    return this.#count
  }

  /** Keeps the place of a value for later messages. */
  found(path: string, place: Place | null): void {
    if (place !== null) this.#places.set(path, place)
  }

  /** The `file:line` of the value at this path, with the name of the file alone. Null: the file does not have it. */
  lineOf(path: string): string | null {
    const place = this.#places.get(path)
    return place === undefined ? null : `${basename(this.file)}:${place.line}`
  }

  /** A problem with a name of the reader: a flag, a variable, or a path of the file, whose place is added. */
  report(problem: ConfigProblem): void {
    if (this.#places.has(problem.name)) this.refuse(problem.name, problem.message)
    else this.#keep(null, problem)
  }

  /** A problem with the value at this path. `tree`: the value, if it has a place of its own. */
  refuse(path: string, message: string, tree?: Pick<Tree, "place">): void {
    const place = tree?.place ?? this.#nearestPlace(path)
    const at = place === null ? {} : { at: `${this.file}:${place.line}:${place.column}` }
    this.#keep(place, { ...at, name: path === "" ? "configuration" : path, message })
  }

  #keep(place: Place | null, problem: ConfigProblem): void {
    if (++this.#count > maxProblems) return
    const { name, message } = problem
    this.#found.push({ place, problem: { ...problem, name: shortened(name), message: shortened(message) } })
  }

  /** The place of this path, or of the part of the configuration that should have it. */
  #nearestPlace(path: string): Place | null {
    for (let at = path; ; at = at.slice(0, Math.max(at.lastIndexOf("."), at.lastIndexOf("["), 0))) {
      const place = this.#places.get(at)
      if (place !== undefined) return place
      if (at === "") return null
    }
  }
}

function shortened(text: string): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

/** The path of a field. Names with dots or brackets are quoted. */
export function fieldPath(parent: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${parent}[${JSON.stringify(name)}]`
  return parent === "" ? name : `${parent}.${name}`
}
