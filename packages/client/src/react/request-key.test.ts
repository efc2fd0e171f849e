import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { create } from "@bufbuild/protobuf"
import {
  AnySchema,
  anyPack,
  DoubleValueSchema,
  FieldMaskSchema,
  StructSchema,
  TimestampSchema,
  ValueSchema,
} from "@bufbuild/protobuf/wkt"
import { describe, expect, it } from "vitest"
import { requestKey } from "./request-key.ts"

describe("the key of a request", () => {
  it("is JSON data for fields of every type", () => {
    const key = requestKey(WatchResponseSchema, { event: { sequence: 12n, cursor: "c" }, isBacklog: true })
    expect(JSON.parse(JSON.stringify(key))).toEqual(key)
    expect(key).toMatchObject({ event: { sequence: "12", cursor: "c" }, isBacklog: true })
  })

  it("distinguishes values that JSON would make equal", () => {
    const keys = [NaN, Infinity, -Infinity, 0].map((value) => JSON.stringify(requestKey(DoubleValueSchema, { value })))
    expect(new Set(keys).size).toBe(4)
    const packed = [new Uint8Array([1]), new Uint8Array([2])].map((value) => requestKey(AnySchema, { value }))
    expect(packed[0]).not.toEqual(packed[1])
  })

  it("holds lists, maps, bytes and oneofs", () => {
    expect(requestKey(FieldMaskSchema, { paths: ["a", "b"] })).toEqual({ paths: ["a", "b"] })
    const kind = { case: "numberValue", value: 1 } as const
    expect(requestKey(StructSchema, { fields: { a: create(ValueSchema, { kind }) } })).toEqual({
      fields: { a: { kind: { case: "numberValue", value: 1 } } },
    })
    const any = anyPack(BadRequestSchema, create(BadRequestSchema))
    expect(requestKey(AnySchema, any)).toEqual({ typeUrl: "type.googleapis.com/google.rpc.BadRequest", value: [] })
    expect(requestKey(TimestampSchema, { seconds: 1n })).toEqual({ seconds: "1", nanos: 0 })
  })
})
