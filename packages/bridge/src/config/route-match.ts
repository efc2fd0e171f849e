import type { HeaderMatch, RouteMatch } from "../routing/route-config.ts"
import type { Wire } from "../core/wire.ts"
import { listOf } from "./file/collections.ts"
import { fieldPath } from "./file/reading.ts"
import type { Rows, Section } from "./file/section.ts"
import { section } from "./file/section.ts"
import type { Row, Shape } from "./file/shape.ts"
import { leaf, received } from "./file/shape.ts"
import { variants } from "./file/variants.ts"
import { choice, onOff, originPatterns, orNull } from "./kind.ts"
import { metadataName, methodPattern, oneLine, optional, regex } from "./upstream-kinds.ts"

/** The spelling of a condition on a field in a file. */
interface HeaderFields {
  readonly exact: string | null
  readonly prefix: string | null
  readonly present: boolean | null
  readonly regex: string | null
}

const headerRows: Rows<HeaderFields> = {
  exact: {
    name: "exact",
    shape: leaf(optional(oneLine)),
    fallback: null,
    meaning: "The whole value. A plain text in place of the section is an exact value.",
    elsewhere: "Envoy: string_match.exact.",
  },
  prefix: {
    name: "prefix",
    shape: leaf(optional(oneLine)),
    fallback: null,
    meaning: "The beginning of the value.",
    elsewhere: "Envoy: string_match.prefix.",
  },
  present: {
    name: "present",
    shape: leaf(optional(onOff)),
    fallback: null,
    meaning: "on: the call has the field. off: it does not.",
    elsewhere: "Envoy: present_match.",
  },
  regex: {
    name: "regex",
    shape: leaf(optional(regex)),
    fallback: null,
    meaning:
      "A regular expression for the whole value, without look-around and back-references, so that no value takes long. A value that takes more than 100,000 steps does not match: several KiB with an expression of hundreds of alternatives or rounds.",
    elsewhere: "Envoy: string_match.safe_regex (RE2).",
  },
}

const condition: Section<HeaderFields> = section(headerRows, {
  short: "exact",
  rules(value, { refuse }) {
    const given = Object.entries(value).filter(([, field]) => field !== null)
    if (given.length === 1) return
    const got = given.length === 0 ? "nothing" : given.map(([key]) => key).join(" and ")
    refuse(given.at(1)?.[0] ?? "exact", `received ${got}, expected one of exact, prefix, present and regex`)
  },
})

const headersInFile: Shape<readonly HeaderMatch[]> = {
  json: { type: "object", additionalProperties: { anyOf: [condition.json, { type: ["number", "boolean"] }] } },
  expected: "names of fields, each with a value or a condition",
  inner: { each: ".NAME", rows: Object.values<Row<unknown>>(headerRows) },
  read(tree, path, reading) {
    if (tree.kind !== "map") {
      reading.refuse(path, `${received(tree)}, expected ${headersInFile.expected}`, tree)
      return undefined
    }
    const matches = tree.entries.map((entry) => {
      const at = fieldPath(path, entry.name)
      reading.found(at, entry.place)
      const key = { kind: "value", value: entry.name, text: entry.name, place: entry.place } as const
      const name = leaf(metadataName).read(key, at, reading)
      const fields = condition.read(entry.value, at, reading)
      return name === undefined || fields === undefined ? undefined : toMatch(name, fields)
    })
    return matches.filter((match) => match !== undefined)
  },
  write: (matches) => Object.fromEntries(matches.map((match) => [match.name, writeMatch(match)])),
}

function toMatch(name: string, { exact, prefix, present, regex: source }: HeaderFields): HeaderMatch {
  if (exact !== null) return { kind: "exact", name, value: exact }
  if (prefix !== null) return { kind: "prefix", name, value: prefix }
  if (source !== null) return { kind: "regex", name, source }
  return { kind: "present", name, isPresent: present ?? true }
}

function writeMatch(match: HeaderMatch): string | { readonly [key: string]: string } {
  switch (match.kind) {
    case "exact":
      return match.value
    case "prefix":
      return { prefix: match.value }
    case "present":
      return { present: match.isPresent ? "on" : "off" }
    case "regex":
      return { regex: match.source }
  }
}

const headerName = { name: "name", shape: leaf(metadataName), meaning: "The field." } as const
const headerValue = { name: "value", shape: leaf(oneLine), meaning: "The value." } as const

const headersInCode: Shape<readonly HeaderMatch[]> = listOf(
  variants<HeaderMatch>(
    {
      exact: section({ name: headerName, value: headerValue }),
      prefix: section({ name: headerName, value: headerValue }),
      present: section({ name: headerName, isPresent: { name: "present", shape: leaf(onOff), meaning: "Presence." } }),
      regex: section({ name: headerName, source: { name: "regex", shape: leaf(regex), meaning: "The expression." } }),
    },
    // In a file the names are keys, so a single condition has no spelling.
    { json: {}, expected: "a condition", read: () => undefined, write: () => "" },
  ),
  true,
)

const headers: Shape<readonly HeaderMatch[]> = {
  ...headersInFile,
  read: (tree, path, reading) => (reading.dialect === "code" ? headersInCode : headersInFile).read(tree, path, reading),
}

const matchRows: Rows<RouteMatch> = {
  service: {
    name: "service",
    shape: leaf(orNull(methodPattern, "any")),
    fallback: null,
    meaning: "The full name of the service, or a pattern with * such as api.v1.*.",
    elsewhere: "Envoy: match.path, match.prefix.",
  },
  method: {
    name: "method",
    shape: leaf(orNull(methodPattern, "any")),
    fallback: null,
    meaning: "The name of the method, or a pattern with * such as Get*.",
    elsewhere: "Envoy: match.path.",
  },
  headers: {
    name: "headers",
    shape: headers,
    fallback: [],
    meaning:
      "Conditions on fields of the request; all must hold. x-version: v2 means exactly that value. A field that came several times has its values joined by commas. Fields that a proxy writes count only from trusted-proxies, if those are set.",
    elsewhere: "Envoy: match.headers.",
  },
  origins: {
    name: "origins",
    shape: leaf(originPatterns),
    fallback: [],
    meaning: "Origins of pages; one must fit. The patterns are those of cors.origins.",
    elsewhere: "Envoy: a header match on origin.",
  },
  wires: {
    name: "wires",
    shape: listOf(leaf(choice<Wire>(["grpc-web", "grpc-web-text", "grpc"])), true),
    fallback: [],
    meaning: "Variants of the protocol; one must fit.",
    elsewhere: "Envoy: a header match on content-type.",
  },
}

/** The section of a route's conditions. */
export const routeMatch: Section<RouteMatch> = section(matchRows, {
  rules({ headers: matches }, { refuse }) {
    const binary = matches.find(({ name, kind }) => name.endsWith("-bin") && kind !== "present")
    if (binary === undefined) return
    refuse(
      "headers",
      `received a value for ${binary.name}, expected present: on or off; clients may spell the same bytes in several ways (AQ and AQ==), so a text cannot tell them`,
    )
  },
})
