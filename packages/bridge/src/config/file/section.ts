import type { JsonSchema } from "../kind.ts"
import { meantName } from "../meant-name.ts"
import type { Reading } from "./reading.ts"
import { fieldPath } from "./reading.ts"
import type { Row, Shape, Written, WrittenMap } from "./shape.ts"
import { receivedNoNames } from "./shape.ts"
import type { MapTree, Tree, TreeEntry } from "./tree.ts"

/** The fields of a section, by their names in code. */
export type Rows<T> = { readonly [Key in keyof T]-?: Row<T[Key]> }

/** A section with its fields. */
export interface Section<T> extends Shape<T> {
  readonly rows: Rows<T>
  /** Its value if every field is left out. Fields without a default are missing. */
  readonly defaults: T
  /** A single value stands for one of its fields. */
  readonly hasShort: boolean
}

/** Where a rule between fields reports its problems. `field`: a name in code. */
export interface Rules {
  readonly reading: Reading
  pathOf(...field: string[]): string
  refuse(field: string, message: string): void
}

/** What else a section knows about itself. */
export interface SectionOptions<T> {
  /** A single value stands for this field alone. */
  readonly short?: keyof T & string
  /** Checks the rules between fields, once every field is right by itself. */
  readonly rules?: (value: T, rules: Rules) => void
  /** Fills in what follows from other fields. */
  readonly finish?: (value: T) => T
}

/** A section: names with values, each name known. */
export function section<T extends object>(rows: Rows<T>, { short, rules, finish }: SectionOptions<T> = {}): Section<T> {
  const table = Object.entries<Row<unknown>>(rows)
  const names = table.flatMap(([, row]) => row.inline ?? [row.name])
  const shortName = short === undefined ? null : rows[short].name
  const expected = `names with values: ${names.join(", ")}`
  return {
    rows,
    inner: { each: "", rows: table.map(([, row]) => row) },
    hasShort: short !== undefined,
    expected: short === undefined ? expected : `${rows[short].shape.expected}, or ${expected}`,
    json: sectionJson(table, shortName),
    defaults: Object.fromEntries(table.map(([key, { fallback }]) => [key, fallback])) as T,
    read(given, path, reading) {
      const tree = asMap(given, reading.dialect === "code" ? (short ?? null) : shortName)
      if (tree === null) {
        reading.refuse(path, `${receivedNoNames(given)}, expected ${expected}`, given)
        return undefined
      }
      const problemsBefore = reading.problemCount
      // A single value has the path of the section: the file does not have the field's name.
      const value = readFields<T>(table, tree, { of: path, isShort: tree !== given }, reading)
      if (reading.problemCount > problemsBefore) return undefined
      rules?.(value, rulesOf(table, path, reading))
      return reading.problemCount > problemsBefore ? undefined : (finish?.(value) ?? value)
    },
    write: (value) => writeFields(table, value),
  }
}

function asMap(tree: Tree, short: string | null): MapTree | null {
  if (tree.kind === "map") return tree
  const isShort = short !== null && tree.kind === "value" && tree.value !== null && tree.value !== undefined
  if (!isShort) return null
  return { kind: "map", entries: [{ name: short, value: tree, place: tree.place }], place: tree.place }
}

type Table = readonly (readonly [key: string, row: Row<unknown>])[]

interface SectionPath {
  readonly of: string
  readonly isShort: boolean
}

function readFields<T>(table: Table, tree: MapTree, { of: path, isShort }: SectionPath, reading: Reading): T {
  const isCode = reading.dialect === "code"
  const given = new Map(tree.entries.map((entry) => [entry.name, entry]))
  const namesOf = (key: string, row: Row<unknown>): readonly string[] => (isCode ? [key] : (row.inline ?? [row.name]))
  const known = table.flatMap(([key, row]) => namesOf(key, row))
  for (const entry of tree.entries) refuseUnknown(entry, known, path, reading)
  const fields = table.map(([key, row]) => {
    const names = namesOf(key, row)
    const present = names.map((name) => given.get(name)).filter((entry) => entry !== undefined)
    for (const { name, place } of present) reading.found(fieldPath(path, name), place)
    if (isShort && present.length > 0) return [key, row.shape.read(present[0].value, path, reading)]
    if (present.length === 0) return [key, fallbackOf(row, path, names, tree, reading)]
    if (!isCode && row.inline !== undefined) {
      return [key, row.shape.read({ kind: "map", entries: present, place: tree.place }, path, reading)]
    }
    return [key, row.shape.read(present[0].value, fieldPath(path, present[0].name), reading)]
  })
  return Object.fromEntries(fields) as T
}

function fallbackOf(
  { shape, fallback }: Row<unknown>,
  path: string,
  names: readonly string[],
  tree: Tree,
  reading: Reading,
): unknown {
  if (fallback !== undefined) return fallback
  const place = names.length === 1 ? fieldPath(path, names[0]) : path
  reading.refuse(place, `received nothing, expected ${shape.expected}`, tree)
  return undefined
}

/** Reports a name that the section does not have. */
function refuseUnknown(
  { name, place, value }: TreeEntry,
  known: readonly string[],
  path: string,
  reading: Reading,
): void {
  if (known.includes(name)) return
  const meant = name === "<<" ? null : meantName(name, known)
  const hint =
    name === "<<"
      ? "merge keys are not part of YAML 1.2; write the names out, or use an alias for a whole value"
      : meant === null
        ? `expected one of ${known.join(", ")}`
        : `did you mean ${meant}?`
  reading.refuse(fieldPath(path, name), `is no name that is known here; ${hint}`, { place: place ?? value.place })
}

function rulesOf(table: Table, path: string, reading: Reading): Rules {
  const pathOf = (...fields: string[]): string => fields.reduce((at, field) => fieldPath(at, field), path)
  const nameOf = (key: string): string =>
    reading.dialect === "code" ? key : (table.find(([candidate]) => candidate === key)?.[1].name ?? key)
  return {
    reading,
    pathOf,
    refuse: (field, message) => reading.refuse(pathOf(nameOf(field)), message),
  }
}

function sectionJson(table: Table, shortName: string | null): JsonSchema {
  const properties = table.flatMap(([, row]) => propertiesOf(row))
  const required = table.filter(([, { fallback, inline }]) => fallback === undefined && inline === undefined)
  const object: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required: required.map(([, { name }]) => name) }),
    ...Object.assign(
      {},
      ...table.map(([, { shape, inline }]) => (inline === undefined ? {} : inlineRules(shape.json))),
    ),
  }
  const short = table.find(([, { name }]) => name === shortName)
  return short === undefined ? object : { anyOf: [short[1].shape.json, object] }
}

function propertiesOf({ name, shape, fallback, inline, meaning }: Row<unknown>): [string, JsonSchema][] {
  if (inline !== undefined) return Object.entries(shape.json.properties as Record<string, JsonSchema>)
  const written = fallback === undefined || fallback === null ? undefined : shape.write(fallback)
  const isPlain = typeof written === "string" || typeof written === "number"
  return [[name, { description: meaning, ...shape.json, ...(isPlain ? { default: written } : {}) }]]
}

/** The rules of inlined fields that hold for the whole section. */
function inlineRules({ oneOf }: JsonSchema): JsonSchema {
  return oneOf === undefined ? {} : { oneOf }
}

function writeFields<T extends object>(table: Table, value: T): WrittenMap {
  const written: Record<string, Written> = {}
  for (const [key, { name, shape, inline }] of table) {
    const field = shape.write(value[key as keyof T])
    if (inline === undefined) written[name] = field
    else Object.assign(written, field)
  }
  return written
}
