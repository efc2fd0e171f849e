import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf"
import { FeatureSet_FieldPresence as FieldPresence } from "@bufbuild/protobuf/wkt"

/** What a person fills in for one value. */
export type Input =
  /** One line of text, as ProtoJSON writes the value. */
  | { readonly kind: "text"; readonly type: string; readonly example: string; readonly expected: string }
  /** Text of any length. */
  | { readonly kind: "string"; readonly type: string }
  | { readonly kind: "flag"; readonly type: string }
  | { readonly kind: "choice"; readonly type: string; readonly names: readonly string[] }
  /** Any JSON: what it may be only the service knows. */
  | { readonly kind: "json"; readonly type: string; readonly example: string; readonly expected: string }
  | { readonly kind: "message"; readonly type: string; readonly message: DescMessage }

/** One field of a form. */
export interface FieldShape {
  readonly name: string
  readonly jsonName: string
  readonly arity: "one" | "list" | "map"
  /** Of a map's keys; null: it is no map. */
  readonly key: Input | null
  readonly input: Input
  /** It may be absent, which is something else than empty: it is added to the form, and taken out. */
  readonly isOptional: boolean
}

/** A field, or several of which one at most is set. */
export type FormMember =
  | { readonly kind: "field"; readonly field: FieldShape }
  | { readonly kind: "oneof"; readonly name: string; readonly fields: readonly FieldShape[] }

/** The form of a message, in the order of its .proto file. Nested messages have forms of their own. */
export function formOf(message: DescMessage): readonly FormMember[] {
  return message.members.map((member) =>
    member.kind === "oneof"
      ? { kind: "oneof", name: member.name, fields: member.fields.map(shapeOf) }
      : { kind: "field", field: shapeOf(member) },
  )
}

/** All fields of a message's form, those of its oneofs too. */
export function fieldsOf(message: DescMessage): readonly FieldShape[] {
  return message.fields.map(shapeOf)
}

function shapeOf(field: DescField): FieldShape {
  const { name, jsonName, fieldKind } = field
  switch (fieldKind) {
    case "list":
      return { name, jsonName, arity: "list", key: null, input: inputOf(field), isOptional: false }
    case "map":
      return { name, jsonName, arity: "map", key: scalarInput(field.mapKey), input: inputOf(field), isOptional: false }
    default: {
      const isOptional = field.message !== undefined || field.presence !== FieldPresence.IMPLICIT
      return { name, jsonName, arity: "one", key: null, input: inputOf(field), isOptional }
    }
  }
}

/** The input of a field's single value, of a list's item, or of a map's value. */
function inputOf(field: DescField): Input {
  if (field.enum !== undefined) return enumInput(field.enum)
  if (field.message !== undefined) return messageInput(field.message)
  return scalarInput(field.scalar)
}

function enumInput({ typeName, values }: DescEnum): Input {
  // ProtoJSON writes its one value as null.
  if (typeName === "google.protobuf.NullValue")
    return { kind: "json", type: typeName, example: "null", expected: "null" }
  return { kind: "choice", type: typeName, names: values.map(({ name }) => name) }
}

/** Types of the protobuf library that ProtoJSON writes in a way of their own. */
const wellKnown: Readonly<Record<string, readonly [kind: "text" | "json", example: string, expected: string]>> = {
  "google.protobuf.Timestamp": ["text", "2026-01-31T12:00:00Z", "a time such as 2026-01-31T12:00:00Z"],
  "google.protobuf.Duration": ["text", "1.5s", "seconds with an s, such as 1.5s"],
  "google.protobuf.FieldMask": ["text", "displayName,email", "names in lowerCamelCase with commas between them"],
  "google.protobuf.Struct": ["json", '{ "any": "JSON" }', "a JSON object"],
  "google.protobuf.ListValue": ["json", '["any", "JSON"]', "a JSON array"],
  "google.protobuf.Value": ["json", '"any JSON"', "JSON; text stands in quotes"],
  "google.protobuf.Any": [
    "json",
    '{ "@type": "type.googleapis.com/api.v1.User", "id": "usr_1" }',
    "a JSON object whose @type names a message of this server",
  ],
}

const wrapper = /^google\.protobuf\.(Bool|Bytes|Double|Float|U?Int(32|64)|String)Value$/

function messageInput(message: DescMessage): Input {
  const { typeName } = message
  const [wrapped] = message.fields
  if (wrapper.test(typeName) && wrapped?.scalar !== undefined) return { ...scalarInput(wrapped.scalar), type: typeName }
  const known = Object.hasOwn(wellKnown, typeName) ? wellKnown[typeName] : undefined
  if (known === undefined) return { kind: "message", type: typeName, message }
  const [kind, example, expected] = known
  return { kind, type: typeName, example, expected }
}

function scalarInput(scalar: ScalarType): Input {
  const type = ScalarType[scalar].toLowerCase()
  switch (scalar) {
    case ScalarType.STRING:
      return { kind: "string", type }
    case ScalarType.BOOL:
      return { kind: "flag", type }
    case ScalarType.BYTES:
      return { kind: "text", type, example: "base64", expected: "base64" }
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { kind: "text", type, example: "0", expected: "a number, NaN, Infinity or -Infinity" }
    default: {
      const [from, to] = wholeRange(type)
      return { kind: "text", type, example: "0", expected: `a whole number from ${from} to ${to}` }
    }
  }
}

/** The least and the greatest value of an integer type, by its name: `sint64`, `fixed32`. */
function wholeRange(type: string): readonly [bigint, bigint] {
  const bits = type.endsWith("64") ? 64n : 32n
  const isUnsigned = type.startsWith("u") || type.startsWith("fixed")
  return isUnsigned ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
}
