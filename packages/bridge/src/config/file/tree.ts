/** A position in a file. Both numbers begin at 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A part of a configuration, from a file or from code, before it is checked. */
export type Tree = MapTree | ListTree | ValueTree

/** Names with their values. */
export interface MapTree {
  readonly kind: "map"
  /** Every name occurs once. */
  readonly entries: readonly TreeEntry[]
  readonly place: Place | null
}

/** One name of a map. */
export interface TreeEntry {
  readonly name: string
  readonly value: Tree
  /** The place of the name. */
  readonly place: Place | null
}

/** Values in their order. */
export interface ListTree {
  readonly kind: "list"
  readonly items: readonly Tree[]
  readonly place: Place | null
}

/** A text, a number, a boolean or null. In code it can be anything else too. */
export interface ValueTree {
  readonly kind: "value"
  readonly value: unknown
  /** The value as the file spells it. */
  readonly text: string
  readonly place: Place | null
}

/** A deeper value in code is no configuration. It may even contain itself. */
const maxDepth = 16

/** The tree of a value in code. Fields that are undefined count as not set. */
export function treeOfCode(value: unknown, depth = 0): Tree {
  if (depth < maxDepth && Array.isArray(value)) {
    return { kind: "list", items: value.map((item) => treeOfCode(item, depth + 1)), place: null }
  }
  if (depth < maxDepth && isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, field]) => field !== undefined)
    return {
      kind: "map",
      entries: entries.map(([name, field]) => ({ name, value: treeOfCode(field, depth + 1), place: null })),
      place: null,
    }
  }
  return { kind: "value", value, text: String(value), place: null }
}

/** The value in code that a tree was made of, or that a file's tree stands for. */
export function valueOfTree(tree: Tree): unknown {
  switch (tree.kind) {
    case "map":
      return Object.fromEntries(tree.entries.map(({ name, value }) => [name, valueOfTree(value)]))
    case "list":
      return tree.items.map(valueOfTree)
    case "value":
      return tree.value
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
