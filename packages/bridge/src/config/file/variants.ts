import type { Section } from "./section.ts"
import type { Shape, Written } from "./shape.ts"
import { received } from "./shape.ts"
import type { Tree } from "./tree.ts"

/** The fields of each kind of a union, without `kind` itself. */
export type Variants<T extends { readonly kind: string }> = {
  readonly [Kind in T["kind"]]: Section<Omit<Extract<T, { readonly kind: Kind }>, "kind">>
}

/** A union: an object with the field `kind` in code, and a spelling of its own in a file. */
export function variants<T extends { readonly kind: string }>(kinds: Variants<T>, inFile: Shape<T>): Shape<T> {
  const sections: Readonly<Record<string, Section<object> | undefined>> = kinds
  const expected = `an object whose kind is ${Object.keys(kinds).join(", ")}`
  return {
    json: inFile.json,
    expected: inFile.expected,
    inner: inFile.inner,
    read(tree, path, reading) {
      if (reading.dialect === "file") return inFile.read(tree, path, reading)
      const kind = kindOf(tree)
      const fields = kind !== null && Object.hasOwn(sections, kind) ? sections[kind] : undefined
      if (fields === undefined || tree.kind !== "map") {
        reading.refuse(
          path,
          `${received(tree)}${kind === null ? "" : ` of the kind ${kind}`}, expected ${expected}`,
          tree,
        )
        return undefined
      }
      const entries = tree.entries.filter(({ name }) => name !== "kind")
      const value = fields.read({ ...tree, entries }, path, reading)
      return value === undefined ? undefined : ({ kind, ...value } as unknown as T)
    },
    write: (value): Written => inFile.write(value),
  }
}

function kindOf(tree: Tree): string | null {
  if (tree.kind !== "map") return null
  const kind = tree.entries.find(({ name }) => name === "kind")?.value
  return kind?.kind === "value" && typeof kind.value === "string" ? kind.value : null
}
