import { OriginSet } from "../core/origin-set.ts"
import type { Wire } from "../core/wire.ts"
import { Regex } from "./regex.ts"
import type { HeaderMatch, RouteMatch } from "./route-config.ts"

/** The parts of a request that routes look at. */
export interface RouteRequest {
  /** As received, without the query. */
  readonly path: string
  /** Null: no page sent the request. */
  readonly origin: string | null
  readonly wire: Wire
  /**
   * Value of a received field by its lower-case name: also of fields that the backend does not get, such as `cookie` and `host`.
   * The values of several fields of one name are joined by a comma.
   */
  header(name: string): string | null
}

/** A condition on anything but the method. */
export interface Condition {
  holds(request: RouteRequest): boolean
  /** Lower-case name of the field that it looks at, or null. */
  readonly field: string | null
  /** The condition in words, to complete "it matches only if …". */
  readonly words: string
  /** The matching part of the request in words. No value of a field: it may be secret. */
  found(request: RouteRequest): string
}

/** The conditions of a route beside service and method, those that cost least first. */
export function conditionsOf(match: RouteMatch): Condition[] {
  return [
    ...(match.wires.length === 0 ? [] : [wireCondition(match.wires)]),
    ...(match.origins.length === 0 ? [] : [originCondition(match.origins)]),
    ...match.headers.map(headerCondition),
  ]
}

function wireCondition(wires: readonly Wire[]): Condition {
  return {
    field: null,
    holds: ({ wire }) => wires.includes(wire),
    words: `the wire is ${wires.join(" or ")}`,
    found: ({ wire }) => `it is ${wire}`,
  }
}

function originCondition(patterns: readonly string[]): Condition {
  const origins = new OriginSet(patterns)
  return {
    field: null,
    holds: ({ origin }) => origin !== null && origins.has(origin),
    words: `the page's origin is ${patterns.join(" or ")}`,
    found: ({ origin }) => (origin === null ? "no page sent the call" : `it is ${origin.slice(0, 200)}`),
  }
}

function headerCondition(match: HeaderMatch): Condition {
  const name = match.name.toLowerCase()
  if (match.kind === "regex") return regexCondition(name, match.source)
  const matches = valueTest(match)
  return {
    field: name,
    holds: (request) => matches(request.header(name)),
    words: headerWords(name, match),
    found: (request) => foundValue(request.header(name)),
  }
}

function regexCondition(name: string, source: string): Condition {
  const regex = new Regex(source)
  return {
    field: name,
    holds(request) {
      const value = request.header(name)
      return value !== null && regex.matches(value)
    },
    words: `${name} matches ${source} as a whole`,
    found(request) {
      const value = request.header(name)
      if (value === null || regex.compare(value) !== "tooCostly") return foundValue(value)
      return `the call's value, of ${value.length} characters, takes too many steps to compare, which counts as no match`
    },
  }
}

function foundValue(value: string | null): string {
  return value === null ? "the call does not have it" : "the call has another value"
}

type PlainMatch = Exclude<HeaderMatch, { readonly kind: "regex" }>

function valueTest(match: PlainMatch): (value: string | null) => boolean {
  switch (match.kind) {
    case "exact":
      return (value) => value === match.value
    case "prefix":
      return (value) => value !== null && value.startsWith(match.value)
    case "present":
      return (value) => (value !== null) === match.isPresent
  }
}

function headerWords(name: string, match: PlainMatch): string {
  switch (match.kind) {
    case "exact":
      return `${name} is "${match.value}"`
    case "prefix":
      return `${name} begins with "${match.value}"`
    case "present":
      return `${name} is ${match.isPresent ? "present" : "absent"}`
  }
}
