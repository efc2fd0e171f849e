import type { DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf"

import { type FieldShape, fieldsOf, type Input } from "./form-shape.ts"

/**
 * The current input of a form. Text may not be a valid value yet. Its meaning depends on the shape of the field: a list
 * of drafts is a list, a list of entries is a map. Fields that are missing in a message's draft are not set.
 */
export type Draft = string | boolean | MessageDraft | readonly Draft[] | readonly MapEntryDraft[]

/** Fields by their names in the .proto file. */
export interface MessageDraft {
  readonly [fieldName: string]: Draft
}

/** One entry of a map; two may have the same key for the time being. */
export interface MapEntryDraft {
  readonly key: string
  readonly value: Draft
}

/** What an input begins with. */
export function emptyDraft(input: Input): Draft {
  if (input.kind === "message") return {}
  return input.kind === "flag" ? false : ""
}

/** The draft of a message in ProtoJSON; it must be valid, and as `toJson` writes it. */
export function draftOf(message: DescMessage, json: JsonObject): MessageDraft {
  const filled = fieldsOf(message).filter(({ jsonName }) => Object.hasOwn(json, jsonName))
  return Object.fromEntries(filled.map((field) => [field.name, fieldDraft(field, json[field.jsonName] ?? null)]))
}

function fieldDraft({ arity, input }: FieldShape, json: JsonValue): Draft {
  switch (arity) {
    case "one":
      return valueDraft(input, json)
    case "list":
      return (json as JsonValue[]).map((item) => valueDraft(input, item))
    case "map":
      return Object.entries(json as JsonObject).map(([key, value]) => ({ key, value: valueDraft(input, value) }))
  }
}

function valueDraft(input: Input, json: JsonValue): Draft {
  switch (input.kind) {
    case "message":
      return draftOf(input.message, json as JsonObject)
    case "json":
      return JSON.stringify(json, null, 2)
    case "flag":
      return json === true
    default:
      if (typeof json === "string") return json
      // JSON.stringify loses its sign.
      return Object.is(json, -0) ? "-0" : JSON.stringify(json)
  }
}

/**
 * Converts a draft to ProtoJSON. An invalid value stays as written, and invalid JSON text becomes a string;
 * `problemsOf` reports both.
 */
export function jsonOf(message: DescMessage, draft: MessageDraft): JsonObject {
  const set = fieldsOf(message).filter((field) => Object.hasOwn(draft, field.name))
  const entries = set.map((field) => [field.jsonName, fieldJson(field, draft[field.name] ?? "")] as const)
  // Without presence, empty is the same as not set.
  return Object.fromEntries(entries.filter(([, json]) => json !== undefined)) as JsonObject
}

function fieldJson({ arity, input, isOptional }: FieldShape, draft: Draft): JsonValue | undefined {
  switch (arity) {
    case "one":
      return !isOptional && isEmpty(draft) ? undefined : valueJson(input, draft)
    case "list":
      return (draft as readonly Draft[]).map((item) => valueJson(input, item))
    case "map": {
      const entries = draft as readonly MapEntryDraft[]
      return Object.fromEntries(entries.map(({ key, value }) => [key, valueJson(input, value)]))
    }
  }
}

/** The value of an input as ProtoJSON. */
export function valueJson(input: Input, draft: Draft): JsonValue {
  switch (input.kind) {
    case "message":
      return jsonOf(input.message, draft as MessageDraft)
    case "flag":
      return draft === true
    case "json":
      return parseJson(draft as string)
    case "choice":
      // An enum's value that has no name here is written as a number.
      return /^-?\d+$/.test(draft as string) ? Number(draft) : (draft as string)
    default:
      return draft as string
  }
}

function isEmpty(draft: Draft): boolean {
  return draft === "" || draft === false
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}
