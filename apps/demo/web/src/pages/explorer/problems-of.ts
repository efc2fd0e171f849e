import { type DescMessage, fromJson, type JsonValue, type Registry } from "@bufbuild/protobuf"

import { type Draft, type MapEntryDraft, type MessageDraft, valueJson } from "./draft.ts"
import { type FieldShape, fieldsOf, type Input } from "./form-shape.ts"

/** The problems of a draft, by the path of the value: `user.email`, `users[2].id`, `labels[0].key`. */
export type Problems = ReadonlyMap<string, string>

/** Finds every value that the message's type does not allow. `registry` knows the types that an Any may hold. */
export function problemsOf(message: DescMessage, draft: MessageDraft, registry: Registry): Problems {
  const problems = new Map<string, string>()
  visitMessage({ message, registry, problems }, draft, "")
  return problems
}

/** The path of a field in the message with this path. */
export function fieldPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`
}

/** The path of an item of a list, or of an entry's value in a map, which has this path. */
export function itemPath(path: string, index: number): string {
  return `${path}[${index}]`
}

/** The path of the key of the entry that has this path. */
export function keyPath(path: string): string {
  return `${path}.key`
}

interface Visit {
  readonly message: DescMessage
  readonly registry: Registry
  readonly problems: Map<string, string>
}

function visitMessage(visit: Visit, draft: MessageDraft, path: string): void {
  for (const field of fieldsOf(visit.message)) {
    if (!Object.hasOwn(draft, field.name)) continue
    visitField(visit, field, draft[field.name] ?? "", fieldPath(path, field.name))
  }
}

function visitField(visit: Visit, field: FieldShape, draft: Draft, path: string): void {
  switch (field.arity) {
    case "one":
      if (field.isOptional || draft !== "") visitValue(visit, field, draft, path, (value) => value)
      return
    case "list":
      for (const [index, item] of (draft as readonly Draft[]).entries()) {
        visitValue(visit, field, item, itemPath(path, index), (value) => [value])
      }
      return
    case "map":
      visitMap(visit, field, draft as readonly MapEntryDraft[], path)
  }
}

function visitMap(visit: Visit, field: FieldShape, entries: readonly MapEntryDraft[], path: string): void {
  const seen = new Set<string>()
  for (const [index, { key, value }] of entries.entries()) {
    const place = itemPath(path, index)
    if (seen.has(key)) visit.problems.set(keyPath(place), "is the key of another entry too")
    seen.add(key)
    visitValue(visit, field, value, place, (json) => Object.fromEntries([[key, json]]))
    // A message is looked at field by field; its key only here.
    if (field.input.kind === "message") check(visit, field, Object.fromEntries([[key, {}]]), place)
  }
}

function visitValue(
  visit: Visit,
  field: FieldShape,
  draft: Draft,
  path: string,
  inField: (value: JsonValue) => JsonValue,
): void {
  const { input } = field
  if (input.kind === "message") visitMessage({ ...visit, message: input.message }, draft as MessageDraft, path)
  else check(visit, field, inField(valueJson(input, draft)), path)
}

/** Lets the protobuf library read the value alone, in a message that has nothing else. */
function check(
  { message, registry, problems }: Visit,
  { jsonName, input, key }: FieldShape,
  json: JsonValue,
  path: string,
) {
  try {
    fromJson(message, Object.fromEntries([[jsonName, json]]), { registry })
  } catch (error) {
    const isKey = key !== null && error instanceof Error && error.message.includes("invalid map key")
    problems.set(isKey ? keyPath(path) : path, expectationOf(isKey ? key : input))
  }
}

/** The end of a sentence that begins with the field's name. */
function expectationOf(input: Input): string {
  switch (input.kind) {
    case "text":
    case "json":
      return `must be ${input.expected} (${input.type})`
    case "choice":
      return `must be one of the names, or a number (${input.type})`
    case "flag":
      return "must be true or false"
    default:
      return `must be text that is well-formed Unicode (${input.type})`
  }
}
