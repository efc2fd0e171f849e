import {
  create,
  type DescMessage,
  type FileRegistry,
  type JsonObject,
  type JsonValue,
  type MessageInitShape,
} from "@bufbuild/protobuf"
import {
  type FieldDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt"
import { base64Encode } from "@bufbuild/protobuf/wire"
import fc from "fast-check"

import { registryOf } from "./descriptor-files.ts"

type FieldInit = MessageInitShape<typeof FieldDescriptorProtoSchema>

/** A kind of value: how a field of it is declared, and values of it in ProtoJSON. */
interface Kind {
  readonly declare: Pick<FieldInit, "type" | "typeName">
  readonly values: fc.Arbitrary<JsonValue>
}

const float = (values: fc.Arbitrary<number>) => values.map((value) => (Number.isFinite(value) ? value : String(value)))
const whole = (type: Type, min: number, max: number): Kind => ({
  declare: { type },
  values: fc.integer({ min, max }),
})
const long = (type: Type, min: bigint, max: bigint): Kind => ({
  declare: { type },
  values: fc.bigInt({ min, max }).map(String),
})

const text = fc.string({ unit: "grapheme", maxLength: 8 })
const base64 = fc.uint8Array({ maxLength: 8 }).map((bytes) => base64Encode(bytes))
const anyJson = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue)
const anyObject = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), anyJson).map((object) => ({ ...object }))

const scalars: Readonly<Record<string, Kind>> = {
  double: { declare: { type: Type.DOUBLE }, values: float(fc.double()) },
  float: { declare: { type: Type.FLOAT }, values: float(fc.float()) },
  int32: whole(Type.INT32, -(2 ** 31), 2 ** 31 - 1),
  sint32: whole(Type.SINT32, -(2 ** 31), 2 ** 31 - 1),
  sfixed32: whole(Type.SFIXED32, -(2 ** 31), 2 ** 31 - 1),
  uint32: whole(Type.UINT32, 0, 2 ** 32 - 1),
  fixed32: whole(Type.FIXED32, 0, 2 ** 32 - 1),
  int64: long(Type.INT64, -(2n ** 63n), 2n ** 63n - 1n),
  sint64: long(Type.SINT64, -(2n ** 63n), 2n ** 63n - 1n),
  sfixed64: long(Type.SFIXED64, -(2n ** 63n), 2n ** 63n - 1n),
  uint64: long(Type.UINT64, 0n, 2n ** 64n - 1n),
  fixed64: long(Type.FIXED64, 0n, 2n ** 64n - 1n),
  bool: { declare: { type: Type.BOOL }, values: fc.boolean() },
  string: { declare: { type: Type.STRING }, values: text },
  bytes: { declare: { type: Type.BYTES }, values: base64 },
}

const message = (typeName: string, values: fc.Arbitrary<JsonValue>): Kind => ({
  declare: { type: Type.MESSAGE, typeName: `.${typeName}` },
  values,
})
const known = (name: string, values: fc.Arbitrary<JsonValue>): Kind => message(`google.protobuf.${name}`, values)
const { deep } = fc.letrec<{ deep: JsonObject }>((tie) => ({
  deep: fc.oneof(
    { maxDepth: 2 },
    fc.constant({}),
    fc.record({ singleString: text, nested: tie("deep") }, { requiredKeys: [] }),
  ),
}))

const others: Readonly<Record<string, Kind>> = {
  colour: {
    declare: { type: Type.ENUM, typeName: ".test.Colour" },
    values: fc.constantFrom<JsonValue>("COLOUR_UNSPECIFIED", "COLOUR_RED", 7, -7),
  },
  everything: message("test.Everything", deep),
  timestamp: known(
    "Timestamp",
    fc
      .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
      .map((date) => date.toISOString()),
  ),
  duration: known(
    "Duration",
    fc.integer({ min: -3_000_000, max: 3_000_000 }).map((ms) => `${ms / 1_000}s`),
  ),
  mask: known(
    "FieldMask",
    fc.array(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1 }).map((paths) => paths.join()),
  ),
  struct: known("Struct", anyObject),
  value: known("Value", anyJson),
  listvalue: known("ListValue", fc.array(anyJson, { maxLength: 3 })),
  any: known(
    "Any",
    deep.map((value) => ({ "@type": "type.googleapis.com/test.Everything", ...value })),
  ),
  int64value: known("Int64Value", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  doublevalue: known("DoubleValue", float(fc.double())),
  boolvalue: known("BoolValue", fc.boolean()),
  stringvalue: known("StringValue", text),
  bytesvalue: known("BytesValue", base64),
}

const kinds: Readonly<Record<string, Kind>> = { ...scalars, ...others }
const keyKinds = ["int32", "sint64", "uint64", "bool", "string"] as const

interface Declared {
  readonly name: string
  readonly jsonName: string
  readonly init: FieldInit
  readonly values: fc.Arbitrary<JsonValue>
  readonly oneof: boolean
}

/** Every kind alone, in a list, as a map's value and in a oneof; every scalar with presence; every kind of key. */
const declared: readonly Declared[] = [
  ...Object.keys(kinds).flatMap((name) => [
    declare(`single_${name}`, name, {}),
    declare(`many_${name}`, name, { label: Label.REPEATED }, list),
    declare(`map_${name}`, name, mapInit(`map_${name}`), dictionary),
    declare(`either_${name}`, name, { oneofIndex: 0 }),
  ]),
  ...Object.keys(scalars).map((name) => declare(`maybe_${name}`, name, { proto3Optional: true })),
  ...keyKinds.map((name) => ({
    ...declare(`keyed_${name}`, "string", mapInit(`keyed_${name}`)),
    values: entriesOf(kinds[name]?.values ?? fc.constant(""), text),
  })),
  { ...declare("nested", "everything", {}) },
]

function list(values: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> {
  return fc.array(values, { maxLength: 3 })
}

function dictionary(values: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> {
  return entriesOf(text, values)
}

/** A key `__proto__` is lost by the protobuf library itself. */
function entriesOf(keys: fc.Arbitrary<JsonValue>, values: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> {
  const key = keys.map(String).filter((name) => name !== "__proto__")
  return fc.array(fc.tuple(key, values), { maxLength: 3 }).map((entries) => Object.fromEntries(entries))
}

function mapInit(name: string): FieldInit {
  return { label: Label.REPEATED, type: Type.MESSAGE, typeName: `.test.Everything.${entryName(name)}` }
}

/** As protoc names the message of a map's entries. */
function entryName(fieldName: string): string {
  return `${pascal(fieldName)}Entry`
}

function pascal(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function declare(
  name: string,
  kindName: string,
  init: FieldInit,
  wrap = (values: fc.Arbitrary<JsonValue>) => values,
): Declared {
  const kind = kinds[kindName]
  if (kind === undefined) throw new Error(kindName)
  const jsonName = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const whole = { name, jsonName, label: Label.OPTIONAL, ...kind.declare, ...init }
  return { name, jsonName, init: whole, values: wrap(kind.values), oneof: init.oneofIndex === 0 }
}

function mapEntry(name: string, key: FieldInit, value: FieldInit) {
  const field = { label: Label.OPTIONAL }
  return {
    name: entryName(name),
    options: { mapEntry: true },
    field: [
      { ...field, ...key, name: "key", jsonName: "key", number: 1 },
      { ...field, ...value, name: "value", jsonName: "value", number: 2 },
    ],
  }
}

function everythingFile() {
  const optional = declared.filter(({ init }) => init.proto3Optional)
  const entries = [
    ...Object.entries(kinds).map(([name, kind]) => mapEntry(`map_${name}`, { type: Type.STRING }, kind.declare)),
    ...keyKinds.map((name) => mapEntry(`keyed_${name}`, kinds[name]?.declare ?? {}, { type: Type.STRING })),
  ]
  const field = declared.map(({ init, name }, index) => {
    const synthetic = optional.findIndex((other) => other.name === name)
    return { ...init, number: index + 1, ...(synthetic < 0 ? {} : { oneofIndex: synthetic + 1 }) }
  })
  const oneofDecl = [{ name: "either" }, ...optional.map(({ name }) => ({ name: `_${name}` }))]
  const colour = {
    name: "Colour",
    value: [
      { name: "COLOUR_UNSPECIFIED", number: 0 },
      { name: "COLOUR_RED", number: 1 },
    ],
  }
  return create(FileDescriptorProtoSchema, {
    name: "everything.proto",
    package: "test",
    syntax: "proto3",
    dependency: wellKnownFiles.map(({ proto }) => proto.name),
    enumType: [colour],
    messageType: [{ name: "Everything", field, oneofDecl, nestedType: entries }],
  })
}

const wellKnownFiles = [
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
]

/** Has the message test.Everything. */
export const registry: FileRegistry = registryOf([everythingFile(), ...wellKnownFiles.map(({ proto }) => proto)])

/** A message with fields of every kind. */
export const everything: DescMessage = registry.getMessage("test.Everything") ?? fail()

function fail(): never {
  throw new Error("test.Everything is not in its own file")
}

/** Messages of that type in ProtoJSON, though not as `toJson` writes them. */
export const everythingJson: fc.Arbitrary<JsonObject> = fc
  .subarray([...declared], { maxLength: 12 })
  .map((fields) => {
    const [either] = fields.filter(({ oneof }) => oneof)
    return fields.filter((field) => !field.oneof || field === either)
  })
  .chain((fields) => fc.record(Object.fromEntries(fields.map(({ jsonName, values }) => [jsonName, values]))))
