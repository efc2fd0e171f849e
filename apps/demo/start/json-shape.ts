/** Reads a value of JSON. `path` is the value's place, for the error. */
export type Reader<T> = (value: unknown, path: string) => T

/**
 * A value of JSON that is not of the expected shape: `endpoints[0].why: received 7, expected a text`.
 */
class UnexpectedShape extends Error {
  constructor(path: string, value: unknown, expected: string) {
    super(`${path === "" ? "the whole" : path}: received ${shown(value)}, expected ${expected}`)
    this.name = "UnexpectedShape"
  }
}

/** A text. */
export const text: Reader<string> = (value, path) => {
  if (typeof value !== "string") throw new UnexpectedShape(path, value, "a text")
  return value
}

/** A number. */
export const number: Reader<number> = (value, path) => {
  if (typeof value !== "number") throw new UnexpectedShape(path, value, "a number")
  return value
}

/** True or false. */
export const truth: Reader<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw new UnexpectedShape(path, value, "true or false")
  return value
}

/** Also takes null. */
export function orNull<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path))
}

/** One of these words. */
export function oneOf<T extends string>(words: readonly T[]): Reader<T> {
  return (value, path) => {
    const word = words.find((known) => known === value)
    if (word === undefined) throw new UnexpectedShape(path, value, words.map((known) => `"${known}"`).join(" or "))
    return word
  }
}

/** A list of such values. */
export function list<T>(reader: Reader<T>): Reader<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new UnexpectedShape(path, value, "a list")
    return value.map((item, index) => reader(item, `${path}[${index}]`))
  }
}

/** Reads these fields, and drops all others: a newer bridge may tell more. */
export function fields<T extends object>(readers: { readonly [Name in keyof T]: Reader<T[Name]> }): Reader<T> {
  return (value, path) => {
    if (typeof value !== "object" || value === null) throw new UnexpectedShape(path, value, "an object")
    const entries = Object.entries<Reader<unknown>>(readers).map(([name, reader]) => [
      name,
      reader((value as Readonly<Record<string, unknown>>)[name], path === "" ? name : `${path}.${name}`),
    ])
    return Object.fromEntries(entries) as T
  }
}

const maxShownCharacters = 60

function shown(value: unknown): string {
  const json = value === undefined ? "nothing" : JSON.stringify(value)
  return json.length > maxShownCharacters ? `${json.slice(0, maxShownCharacters)}…` : json
}
