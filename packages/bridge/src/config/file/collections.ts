import type { Kind } from "../kind.ts"
import type { Reading } from "./reading.ts"
import { fieldPath } from "./reading.ts"
import type { Section } from "./section.ts"
import type { Row, Shape, Written } from "./shape.ts"
import { leaf, receivedNoNames } from "./shape.ts"
import type { ListTree, Tree, TreeEntry } from "./tree.ts"

/** A list. A single value stands for a list of one. */
export function listOf<T>(item: Shape<T>, isEmptyAllowed: boolean): Shape<readonly T[]> {
  const expected = `a list, each item ${item.expected}`
  return {
    json: { anyOf: [{ type: "array", items: item.json, ...(isEmptyAllowed ? {} : { minItems: 1 }) }, item.json] },
    expected,
    inner: item.inner === undefined ? undefined : { ...item.inner, each: "[]" },
    read(tree, path, reading) {
      const items = itemsOf(tree, path, reading)
      if (items.length === 0 && !isEmptyAllowed) {
        reading.refuse(path, `received an empty list, expected ${expected}`, tree)
        return undefined
      }
      const values = items.map(([value, place]) => item.read(value, place, reading))
      return values.filter((value) => value !== undefined)
    },
    write: (values) => values.map((value) => item.write(value)),
  }
}

function itemsOf(tree: Tree, path: string, reading: Reading): (readonly [value: Tree, path: string])[] {
  const items =
    tree.kind === "list" ? tree.items.map((item, i) => [item, `${path}[${i}]`] as const) : [[tree, path] as const]
  for (const [item, at] of items) reading.found(at, item.place)
  return items
}

/** Sections by name: a map in a file, a list of sections with the field `name` in code. */
export function byName<T extends { readonly name: string }>(
  fields: Section<Omit<T, "name">>,
  name: Kind<string>,
): Shape<readonly T[]> {
  const expected = "names, each with its settings"
  return {
    json: { type: "object", minProperties: 1, additionalProperties: fields.json },
    expected,
    inner: { each: ".NAME", rows: Object.values<Row<unknown>>(fields.rows) },
    read(tree, path, reading) {
      const named =
        tree.kind === "list" && reading.dialect === "code" ? namedItems(tree, path) : namedEntries(tree, path, reading)
      if (named === null || named.length === 0) {
        reading.refuse(
          path,
          `${named === null ? receivedNoNames(tree) : "received no name"}, expected ${expected}`,
          tree,
        )
        return undefined
      }
      const values = named.map(({ key, at, value }) => {
        const read = leaf(name).read(key, at, reading)
        const rest = fields.read(value, at, reading)
        return read === undefined || rest === undefined ? undefined : ({ name: read, ...rest } as unknown as T)
      })
      return values.filter((value) => value !== undefined)
    },
    write: (values) => Object.fromEntries(values.map((value) => [value.name, fields.write(value)])),
  }
}

interface Named {
  readonly key: Tree
  readonly at: string
  readonly value: Tree
}

function namedEntries(tree: Tree, path: string, reading: Reading): Named[] | null {
  if (tree.kind !== "map" || reading.dialect === "code") return null
  return tree.entries.map((entry) => {
    const at = fieldPath(path, entry.name)
    reading.found(at, entry.place)
    return { key: keyTree(entry), at, value: entry.value }
  })
}

/** In code the name is a field among the others. */
function namedItems(tree: ListTree, path: string): Named[] {
  return tree.items.map((item, i) => {
    const entries = item.kind === "map" ? item.entries : []
    const key = entries.find(({ name }) => name === "name")?.value
    const rest = item.kind === "map" ? { ...item, entries: entries.filter(({ name }) => name !== "name") } : item
    return { key: key ?? { kind: "value", value: undefined, text: "", place: null }, at: `${path}[${i}]`, value: rest }
  })
}

/** Names with texts: a map in a file, a list of pairs in code. `problemOf` returns the problem with a pair, or null. */
export function pairs(
  name: Kind<string>,
  value: Kind<string>,
  problemOf: (name: string, value: string) => string | null,
): Shape<readonly (readonly [string, string])[]> {
  const expected = `names with values, such as x-name: value`
  const [nameShape, valueShape] = [leaf(name), leaf(value)]
  return {
    json: { type: "object", additionalProperties: { anyOf: [valueShape.json, { type: ["number", "boolean"] }] } },
    expected,
    read(tree, path, reading) {
      const entries = pairTrees(tree, path, reading)
      if (entries === null) {
        reading.refuse(path, `${receivedNoNames(tree)}, expected ${expected}`, tree)
        return undefined
      }
      const read = entries.map(([key, text, at]): readonly [string, string] | null => {
        if (value.isSecret === true && isCutSecret(key, text)) {
          reading.refuse(`${path}[…]`, cutSecret, key)
          return null
        }
        const [readName, readValue] = [nameShape.read(key, at, reading), valueShape.read(text, at, reading)]
        if (readName === undefined || readValue === undefined) return null
        const problem = problemOf(readName, readValue)
        if (problem !== null) reading.refuse(at, problem, text)
        return [readName, readValue]
      })
      return read.filter((pair) => pair !== null)
    },
    write: (list) => Object.fromEntries(list.map(([key, text]) => [key, valueShape.write(text)])),
  }
}

const cutSecret =
  "received a name without a value, or one that no field has (not shown, since it may be a part of a secret); expected name: value with a blank after the colon, and quotes around a value with special characters"

/** True if the name may be a part of a secret: a blank is missing after the colon, or the value has a comma or a line break. */
function isCutSecret(key: Tree, text: Tree): boolean {
  const isName = key.kind === "value" && typeof key.value === "string" && /^:?[\w.-]+$/.test(key.value)
  return !isName || (text.kind === "value" && text.text === "" && text.value === null)
}

function pairTrees(
  tree: Tree,
  path: string,
  reading: Reading,
): (readonly [name: Tree, value: Tree, at: string])[] | null {
  if (tree.kind === "map" && reading.dialect === "file") {
    return tree.entries.map((entry) => {
      const at = fieldPath(path, entry.name)
      reading.found(at, entry.place)
      return [keyTree(entry), entry.value, at]
    })
  }
  if (tree.kind !== "list" || reading.dialect === "file") return null
  const found = tree.items.map((item, i) =>
    item.kind === "list" && item.items.length === 2 ? ([item.items[0], item.items[1], `${path}[${i}]`] as const) : null,
  )
  return found.includes(null) ? null : found.filter((pair) => pair !== null)
}

function keyTree({ name, place }: TreeEntry): Tree {
  return { kind: "value", value: name, text: name, place }
}

/** A section that can be switched off. `on` stands for all defaults; null in code is off. */
export function switched<T extends object>(fields: Section<T>): Shape<T | null> {
  const isComplete = Object.values(fields.defaults).every((value) => value !== undefined)
  const expected = `${isComplete ? "on, off" : "off"}, or ${fields.expected}`
  return {
    json: { anyOf: [{ enum: isComplete ? ["on", true, "off", false] : ["off", false] }, fields.json] },
    expected,
    inner: fields.inner,
    read(tree, path, reading) {
      const value = tree.kind === "value" ? tree.value : undefined
      if (reading.dialect === "code" ? value === null : value === "off" || value === false) return null
      if (reading.dialect === "file" && isComplete && (value === "on" || value === true)) {
        return fields.read({ kind: "map", entries: [], place: tree.place }, path, reading)
      }
      if (tree.kind === "map" || (tree.kind === "value" && fields.hasShort)) return fields.read(tree, path, reading)
      reading.refuse(path, `${receivedNoNames(tree)}, expected ${expected}`, tree)
      return undefined
    },
    write: (value): Written => (value === null ? "off" : fields.write(value)),
  }
}
