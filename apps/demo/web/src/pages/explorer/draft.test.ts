import { fromJson, type JsonObject, toJson } from "@bufbuild/protobuf"
import { GetUserRequestSchema, ListUsersRequestSchema, UpdateUserRequestSchema } from "@causeway/proto/api/v1/user_pb"
import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { draftOf, jsonOf } from "./draft.ts"
import { everything, everythingJson, registry } from "./everything-for-test.ts"
import { formOf } from "./form-shape.ts"
import { problemsOf } from "./problems-of.ts"

/** The JSON as the protobuf library writes it. */
function canonical(json: JsonObject): JsonObject {
  return toJson(everything, fromJson(everything, json, { registry }), { registry }) as JsonObject
}

describe("a draft", () => {
  it("carries every message there and back, and finds no problem in it", () => {
    const carry = (json: JsonObject): void => {
      const wanted = canonical(json)
      const draft = draftOf(everything, wanted)
      expect(problemsOf(everything, draft, registry)).toEqual(new Map())
      expect(canonical(jsonOf(everything, draft))).toEqual(wanted)
    }
    fc.assert(fc.property(everythingJson, carry), { numRuns: 300 })
  })

  it("keeps 64-bit numbers to the last digit", () => {
    const draft = draftOf(everything, { singleInt64: "-9223372036854775808", singleUint64: "18446744073709551615" })
    expect(jsonOf(everything, draft)).toEqual({
      singleInt64: "-9223372036854775808",
      singleUint64: "18446744073709551615",
    })
  })

  it("does not set what is empty and has no presence, but sets what has", () => {
    expect(jsonOf(ListUsersRequestSchema, { filter: "", page_size: "", order: "" })).toEqual({})
    expect(jsonOf(everything, { maybe_string: "", single_stringvalue: "", single_bool: false })).toEqual({
      maybeString: "",
      singleStringvalue: "",
    })
  })

  it("takes only its own fields for set", () => {
    expect(jsonOf(GetUserRequestSchema, {})).toEqual({})
    expect(draftOf(GetUserRequestSchema, JSON.parse('{"__proto__":{"id":"x"},"toString":1}') as JsonObject)).toEqual({})
  })
})

describe("problems of a draft", () => {
  it("are named by the path of each value", () => {
    const problems = problemsOf(
      everything,
      {
        single_int32: "2147483648",
        single_uint64: "-1",
        single_colour: "COLOUR_BLUE",
        single_bytes: "no base64!",
        single_timestamp: "yesterday",
        single_struct: "[]",
        single_any: '{"@type":"type.googleapis.com/no.Such"}',
        many_int64: ["1", "", "x"],
        map_double: [
          { key: "a", value: "1e3" },
          { key: "a", value: "one" },
        ],
        keyed_bool: [{ key: "maybe", value: "" }],
        nested: { single_float: "1e99", nested: { single_sint64: "0.5" } },
      },
      registry,
    )
    expect([...problems.keys()].sort()).toEqual([
      "keyed_bool[0].key",
      "many_int64[1]",
      "many_int64[2]",
      "map_double[1]",
      "map_double[1].key",
      "nested.nested.single_sint64",
      "nested.single_float",
      "single_any",
      "single_bytes",
      "single_colour",
      "single_int32",
      "single_struct",
      "single_timestamp",
      "single_uint64",
    ])
    expect(Object.fromEntries(problems)).toMatchObject({
      single_int32: "must be a whole number from -2147483648 to 2147483647 (int32)",
      single_uint64: "must be a whole number from 0 to 18446744073709551615 (uint64)",
      single_colour: "must be one of the names, or a number (test.Colour)",
      single_timestamp: "must be a time such as 2026-01-31T12:00:00Z (google.protobuf.Timestamp)",
      "map_double[1]": "must be a number, NaN, Infinity or -Infinity (double)",
      "map_double[1].key": "is the key of another entry too",
      "keyed_bool[0].key": "must be true or false",
    })
  })

  it("are none where nothing is set", () => {
    expect(problemsOf(everything, {}, registry)).toEqual(new Map())
    expect(problemsOf(ListUsersRequestSchema, { page_size: "", order: "" }, registry)).toEqual(new Map())
  })
})

describe("the form of a message", () => {
  it("has its fields in their order, a oneof as one, and what may be absent marked", () => {
    expect(formOf(UpdateUserRequestSchema)).toMatchObject([
      { kind: "field", field: { name: "user", isOptional: true, input: { kind: "message", type: "api.v1.User" } } },
      { kind: "field", field: { name: "update_mask", isOptional: true, input: { kind: "text" } } },
    ])
    const [order] = formOf(ListUsersRequestSchema).slice(-1)
    expect(order).toMatchObject({ field: { isOptional: false, input: { kind: "choice" } } })
    const oneofs = formOf(everything).filter(({ kind }) => kind === "oneof")
    expect(oneofs).toMatchObject([{ name: "either" }])
  })
})
