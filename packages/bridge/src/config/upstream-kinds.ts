import * as z from "zod"
import { codeName, isMetadataName, isSafeValue } from "@causeway/protocol"
import { endpointAddressProblem } from "../upstream/discovery/address.ts"
import { parseHostPort } from "./host-port.ts"
import type { JsonSchema, Kind } from "./kind.ts"
import { routeFieldProblem } from "../routing/edit-metadata.ts"
import { stripPrefixProblem } from "../routing/method-path.ts"
import { regexProblem } from "../routing/regex.ts"
import { expecting, hostName, show, text } from "./kind.ts"
import { nearest } from "./nearest.ts"

// Kinds of settings that only upstreams and routes have.

/** The name of an upstream or a route. It is also a label of metrics. */
export const name: Kind<string> = checked(
  "NAME",
  "a name of letters, digits, hyphens and underscores, at most 63, that begins with a letter or a digit",
  (value) => /^[a-z0-9][a-z0-9_-]{0,62}$/i.test(value),
  { pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$" },
)

/** The address of an endpoint. */
export const endpointAddress: Kind<string> = {
  ...text("an address such as http://host:port", "", () => true),
  schema: z
    .string({ error: expecting("the address of an endpoint, such as http://host:port") })
    .superRefine(refuseBy(endpointAddressProblem)),
  expectedText: undefined,
}

/** `:authority` of calls: a host, with a port or without. */
export const authority: Kind<string> = checked(
  "HOST[:PORT]",
  "a host with or without a port, such as users.internal or users.internal:443",
  (value) => parseHostPort(value) !== null || hostName.schema.safeParse(value).success,
)

/** A share of the whole, written in percent. In code it is 0 to 1. */
export const share: Kind<number> = {
  schema: decimalSchema(0, 1),
  placeholder: "PERCENT",
  fromText: (value) =>
    /^\d{1,3}(\.\d{1,6})?%$/.test(value) ? Number((Number(value.slice(0, -1)) / 100).toFixed(8)) : value,
  toText: (value) => `${Number((value * 100).toFixed(6))}%`,
  expectedText: "a percentage from 0% to 100%",
  json: { type: "string", pattern: "^[0-9]{1,3}(\\.[0-9]{1,6})?%$" },
}

/** A kind that also accepts null. Unlike with `orNull`, no word of a file means null: every text is a value. */
export function optional<T>(kind: Kind<T>): Kind<T | null> {
  return { ...kind, schema: kind.schema.nullable(), toText: (value) => (value === null ? "none" : kind.toText(value)) }
}

/** A number that need not be whole. */
export function decimal(min: number, max: number): Kind<number> {
  return {
    schema: decimalSchema(min, max),
    placeholder: "NUMBER",
    fromText: (value) => (/^\d{1,12}(\.\d{1,6})?$/.test(value) ? Number(value) : value),
    toText: String,
    expectedText: `a number from ${min} to ${max}`,
    isNumber: true,
    json: { type: "number", minimum: min, maximum: max },
  }
}

/** gRPC's names of the codes after OK. */
const codes: readonly string[] = Array.from({ length: 16 }, (_, i) => codeName(i + 1))

/** A gRPC status code other than OK, by its name. */
export const statusCode: Kind<number> = {
  schema: z.int({ error: codeProblem }).min(1, { error: codeProblem }).max(16, { error: codeProblem }),
  placeholder: "CODE",
  fromText: (value) => (codes.includes(value) ? codes.indexOf(value) + 1 : value),
  toText: codeName,
  json: { enum: codes },
}

/** The name of a received field. Upper case is accepted and becomes lower case. */
export const metadataName: Kind<string> = {
  ...checked("NAME", "the name of a field, such as x-version", (value) => isMetadataName(value.toLowerCase())),
  schema: z
    .string({ error: expecting("the name of a field") })
    .transform(lowerCase)
    .refine(isMetadataName, { error: expecting("the name of a field, such as x-version") }),
}

/** The name of a field that the bridge adds to calls, removes from them, or requires. */
export const editedName: Kind<string> = {
  ...metadataName,
  schema: z
    .string({ error: expecting("the name of a field") })
    .transform(lowerCase)
    .superRefine(refuseBy(routeFieldProblem)),
  expectedText: undefined,
}

/** The value of a field that the bridge adds. It may be a secret. */
export const metadataValue: Kind<string> = {
  ...text("VALUE", "", () => true),
  schema: z
    .string({ error: "received something that is no text, expected the value of a field" })
    .refine((value) => value !== "" && value === value.trim() && isSafeValue(value), {
      error:
        "the value (not shown, since it may be secret) cannot be sent: expected one line of text without blanks at its ends",
    }),
  expectedText: undefined,
  isSecret: true,
}

/** gRPC sends the values of names that end in -bin as Base64 (PROTOCOL-HTTP2, Binary-Header). Otherwise null. */
export function binaryProblem(fieldName: string, value: string): string | null {
  if (!fieldName.endsWith("-bin") || /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return null
  return "the value (not shown, since it may be secret) belongs to a name that ends in -bin: expected Base64"
}

/** Any text of one line. */
export const oneLine: Kind<string> = checked(
  "TEXT",
  "one line of text",
  (value) => value.length <= 1_024 && !/\p{Cc}/u.test(value),
)

/** A regular expression without look-around and back-references. `${` is nothing special in it. */
export const regex: Kind<string> = {
  ...oneLine,
  schema: z.string({ error: expecting("a regular expression") }).superRefine(refuseBy(unusableRegex)),
  expectedText: undefined,
  isPattern: true,
}

/** A word of a method's path: exact, or with `*`. */
export const methodPattern: Kind<string> = checked(
  "NAME",
  "a name such as api.v1.UserService or GetUser, or a pattern with * such as api.v1.* or Get*",
  (value) => /^[\w.*]+$/.test(value),
  { pattern: "^[\\w.*]+$" },
)

/** The beginning of a path. */
export const pathPrefix: Kind<string> = {
  ...text("/PREFIX", "", () => true),
  schema: z
    .string({ error: expecting("the beginning of a path, such as /api") })
    .superRefine(refuseBy(stripPrefixProblem)),
  expectedText: undefined,
  json: { type: "string", pattern: "^/" },
}

function unusableRegex(source: string): string | null {
  const problem = regexProblem(source)
  return problem === null ? null : `received ${show(source)}, expected a regular expression of RE2's kind: ${problem}`
}

/** A check of zod by a function that returns the problem with a text, or null. */
function refuseBy(problemOf: (value: string) => string | null): (value: string, context: z.RefinementCtx) => void {
  return (value, context) => {
    const message = problemOf(value)
    if (message !== null) context.addIssue({ code: "custom", message, input: value })
  }
}

function lowerCase(value: string): string {
  return value.toLowerCase()
}

function checked(
  placeholder: string,
  expected: string,
  isValid: (value: string) => boolean,
  json: JsonSchema = {},
): Kind<string> {
  return { ...text(placeholder, expected, isValid), json: { type: "string", ...json } }
}

function decimalSchema(min: number, max: number): z.ZodType<number> {
  const error = expecting(`a number from ${min} to ${max}`)
  return z.number({ error }).min(min, { error }).max(max, { error })
}

function codeProblem({ input }: { readonly input?: unknown }): string {
  const meant = typeof input === "string" ? nearest(input.toUpperCase().replaceAll("-", "_"), codes) : null
  const hint = meant === null ? "" : `; did you mean ${meant}?`
  return `${expecting("a gRPC code other than OK, such as UNAVAILABLE")({ input })}${hint}`
}
