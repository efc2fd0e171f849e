import type { HashSource } from "../core/hash-source.ts"
import { metadataName, oneLine, optional } from "./upstream-kinds.ts"
import type { Rows } from "./file/section.ts"
import { section } from "./file/section.ts"
import type { Shape } from "./file/shape.ts"
import { leaf } from "./file/shape.ts"
import { variants } from "./file/variants.ts"

/** The spelling of a hash source in a file. */
interface HashFields {
  readonly header: string | null
  readonly cookie: string | null
}

/** The table of `hash` and `sticky`. */
const hashRows: Rows<HashFields> = {
  header: {
    name: "header",
    shape: leaf(optional(metadataName)),
    fallback: null,
    meaning: "The request field whose value is hashed.",
    elsewhere: "Envoy: hash_policy.header.",
  },
  cookie: {
    name: "cookie",
    shape: leaf(optional(oneLine)),
    fallback: null,
    meaning: "The cookie whose value is hashed.",
    elsewhere: "Envoy: hash_policy.cookie.",
  },
}

const fields = section(hashRows, {
  rules({ header, cookie }, { refuse }) {
    if ((header === null) === (cookie === null)) {
      refuse("header", `received ${header === null ? "neither" : "both"} header and cookie, expected one of them`)
    }
  },
})

const inFile: Shape<HashSource> = {
  json: fields.json,
  inner: fields.inner,
  expected: "header: NAME or cookie: NAME",
  read(tree, path, reading) {
    const value = fields.read(tree, path, reading)
    if (value === undefined) return undefined
    const { header, cookie } = value
    return header === null ? { kind: "cookie", name: cookie ?? "" } : { kind: "header", name: header }
  },
  write: ({ kind, name }) => ({ [kind]: name }),
}

/** The part of a call whose hash decides. */
const hashSource: Shape<HashSource> = variants<HashSource>(
  {
    header: section({ name: { name: "name", shape: leaf(metadataName), meaning: "The request field." } }),
    cookie: section({ name: { name: "name", shape: leaf(oneLine), meaning: "The cookie." } }),
  },
  inFile,
)

/** Like `hashSource`, or null, which a file spells `none`. */
export const hashSourceOrNone: Shape<HashSource | null> = {
  expected: `${hashSource.expected}, or none`,
  inner: hashSource.inner,
  json: { anyOf: [hashSource.json, { const: "none" }] },
  read: (tree, path, reading) =>
    tree.kind === "value" && tree.value === (reading.dialect === "code" ? null : "none")
      ? null
      : hashSource.read(tree, path, reading),
  write: (value) => (value === null ? "none" : hashSource.write(value)),
}
