import type { JsonSchema, Kind } from "../kind.ts"
import { show } from "../kind.ts"
import type { Reading } from "./reading.ts"
import type { Tree } from "./tree.ts"
import { valueOfTree } from "./tree.ts"

/** A part of the configuration: its spelling in a file, its values in code, and its JSON Schema. */
export interface Shape<T> {
  /** The JSON Schema of its spelling in a file. */
  readonly json: JsonSchema
  /** The expected form, in words. */
  readonly expected: string
  /** The section that it is, or that each of its items is. */
  readonly inner?: InnerSection | undefined
  /** Reads a value. Undefined: the problems were reported to `reading`. */
  read(tree: Tree, path: string, reading: Reading): T | undefined
  /** The spelling in a file. */
  write(value: T): Written
}

/** One field of a section. Reader, JSON Schema and documentation are made from it. */
export interface Row<T> {
  /** The name in a file. In code it is the key of the row. */
  readonly name: string
  readonly shape: Shape<T>
  /** The default. Without it the field is required. */
  readonly fallback?: T
  /** In a file these names stand in the section itself, in place of `name`. */
  readonly inline?: readonly string[]
  /** The meaning, in a few sentences. */
  readonly meaning: string
  /** When to change it. */
  readonly change?: string
  /** The name of this field in Envoy or gRPC. */
  readonly elsewhere?: string
}

/** The fields of a section, for its documentation. */
export interface InnerSection {
  /** One section; a list of sections; or sections by their names. */
  readonly each: "" | "[]" | ".NAME"
  readonly rows: readonly Row<unknown>[]
}

/** A value as a file spells it. */
export type Written = string | number | boolean | readonly Written[] | WrittenMap

/** Names with values as a file spells them. */
export interface WrittenMap {
  readonly [name: string]: Written
}

/** A single value. */
export function leaf<T>(kind: Kind<T>): Shape<T> {
  const expected = kind.expectedText ?? kind.placeholder
  return {
    json: kind.json,
    expected,
    read(tree, path, reading) {
      const spelled = reading.dialect === "code" ? { value: valueOfTree(tree) } : spell(kind, tree, path, reading)
      if (spelled === null) return undefined
      const { data, error } = kind.schema.safeParse(spelled.value)
      if (error === undefined) return data
      refuse(kind, tree, path, reading, error.issues)
      return undefined
    },
    write: (value) => writeKind(kind, value),
  }
}

/** The received value in a message, as the file spells it. */
export function received(tree: Tree): string {
  switch (tree.kind) {
    case "map":
      return "received names with values"
    case "list":
      return "received a list"
    case "value":
      if (tree.text === "") return tree.value === "" ? 'received ""' : "received nothing"
      return `received ${typeof tree.value === "string" || typeof tree.value === "object" ? show(tree.value) : tree.text}`
  }
}

/** The same for a value where names were expected. It may be a secret that was indented or separated wrongly. */
export function receivedNoNames(tree: Tree): string {
  const isWord = tree.kind === "value" && /^(?:on|off|yes|no|true|false|none|null|~|)$/i.test(tree.text)
  return tree.kind !== "value" || isWord ? received(tree) : "received a text (not shown, since it may be a secret)"
}

function writeKind<T>(kind: Kind<T>, value: T): Written {
  if (kind.isSecret === true) return "***"
  if (Array.isArray(value)) return value.map(String)
  return kind.isNumber === true && typeof value === "number" ? value : kind.toText(value)
}

/** The value for the schema. Null: the problem was reported. */
function spell<T>(kind: Kind<T>, tree: Tree, path: string, reading: Reading): { readonly value: unknown } | null {
  if (tree.kind === "list" && kind.isList === true) {
    const items = tree.items.map((item, i) => spellItem(item, kind, `${path}[${i}]`, reading))
    return items.includes(null) ? null : { value: items }
  }
  if (tree.kind !== "value" || (tree.value === null && tree.text === "")) {
    reading.refuse(path, `${received(tree)}, expected ${expectedOf(kind)}`, tree)
    return null
  }
  if (tree.value === null && kind.schema.safeParse(null).success) return { value: null }
  const text = spellItem(tree, kind, path, reading)
  if (text === null) return null
  if (kind.isList === true) return { value: [text] }
  const isQuotedNumber = kind.isNumber === true && typeof tree.value === "string" && /^[-+.\d]/.test(text)
  return { value: isQuotedNumber ? text : kind.fromText(text) }
}

function expectedOf<T>(kind: Kind<T>): string {
  return kind.expectedText ?? kind.placeholder
}

/** The text of a value, with its variables filled in where they may stand. */
function spellItem<T>(tree: Tree, kind: Kind<T>, path: string, reading: Reading): string | null {
  if (tree.kind !== "value" || tree.text === "") {
    if (tree.kind === "value" && tree.value === "") return ""
    reading.refuse(path, `${received(tree)}, expected ${expectedOf(kind)}`, tree)
    return null
  }
  const text = typeof tree.value === "string" ? tree.value : tree.text
  if (!text.includes("${") || kind.isPattern === true) return text
  if (kind.isSecret !== true) {
    reading.refuse(path, `received ${show(text)}, but \${…} is filled in only in the values of metadata`, tree)
    return null
  }
  const filled = reading.fillIn(text)
  if ("text" in filled) return filled.text
  reading.refuse(path, filled.problem, tree)
  return null
}

function refuse<T>(
  kind: Kind<T>,
  tree: Tree,
  path: string,
  reading: Reading,
  issues: readonly { readonly message: string; readonly path: readonly PropertyKey[] }[],
): void {
  for (const {
    message,
    path: [index],
  } of issues) {
    const item = typeof index === "number" && tree.kind === "list" ? tree.items[index] : tree
    const place = typeof index === "number" ? `${path}[${index}]` : path
    const usesText = reading.dialect === "file" && kind.expectedText !== undefined && typeof index !== "number"
    reading.refuse(
      place,
      usesText ? `${received(item)}, expected ${kind.expectedText}${hintOf(kind, item)}` : message,
      item,
    )
  }
}

function hintOf<T>(kind: Kind<T>, tree: Tree): string {
  return tree.kind === "value" ? (kind.hint?.(tree.text) ?? "") : ""
}
