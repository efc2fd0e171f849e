import { describe, expect, it } from "vitest"
import { MetadataList } from "@causeway/protocol"
import { correlationOf } from "./correlation.ts"

const trace = "0af7651916cd43dd8448eb211c80319c"
const parent = "b7ad6b7169203331"

describe("a request's id", () => {
  it.each(["a", "7b0c2c1e-9d0f-4a6e-8e0e-1f1d0f6a2b3c", "Root=1-67891233-abcdef012345678912345678", "x".repeat(128)])(
    "is taken as it came: %s",
    (id) => {
      expect(correlationOf(new MetadataList(["x-request-id", id])).requestId).toBe(id)
    },
  )

  it.each([
    ["empty", ""],
    ["longer than 128 characters", "x".repeat(129)],
    ["with a blank", "a b"],
    ["beyond ASCII", "é"],
  ])("is treated as absent when it is %s", (_, id) => {
    expect(correlationOf(new MetadataList(["x-request-id", id])).requestId).toBeUndefined()
  })
})

describe("W3C Trace Context: a trace id", () => {
  it.each([`00-${trace}-${parent}-01`, `00-${trace}-${parent}-00`, `cc-${trace}-${parent}-01-what-comes-later`])(
    "is read from %s",
    (field) => {
      expect(correlationOf(new MetadataList(["traceparent", field])).traceId).toBe(trace)
    },
  )

  it.each([
    ["an invalid version", `ff-${trace}-${parent}-01`],
    ["more than version 00 has", `00-${trace}-${parent}-01-x`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${parent}-01`],
    ["a parent id of zeros", `00-${trace}-${"0".repeat(16)}-01`],
    ["capitals", `00-${trace.toUpperCase()}-${parent}-01`],
    ["a short trace id", `00-${trace.slice(1)}-${parent}-01`],
    ["nothing", ""],
  ])("is absent if the field has %s", (_, field) => {
    expect(correlationOf(new MetadataList(["traceparent", field])).traceId).toBeUndefined()
  })
})

it("a request whose head could not be read has no ids", () => {
  expect(correlationOf(null)).toEqual({ requestId: undefined, traceId: undefined })
})
