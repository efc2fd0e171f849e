import { create, toBinary } from "@bufbuild/protobuf"
import { anyPack } from "@bufbuild/protobuf/wkt"
import { BadRequestSchema, RetryInfoSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { StatusSchema } from "@causeway/proto/google/rpc/status_pb"
import { Code, encodeBinaryHeader } from "@connectrpc/connect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { scriptedClients } from "../test/clients.ts"
import { trailerFrame } from "../test/grpc-web-bytes.ts"
import { errorOf } from "../test/outcome.ts"
import { decodeStatusDetails } from "./status-details.ts"

const badRequest = create(BadRequestSchema, {
  fieldViolations: [{ field: "user.email", description: "is no address" }],
})
const retryInfo = create(RetryInfoSchema, { retryDelay: { seconds: 3n } })
const status = create(StatusSchema, {
  code: Code.InvalidArgument,
  message: "2 problems",
  details: [anyPack(BadRequestSchema, badRequest), anyPack(RetryInfoSchema, retryInfo)],
})
const unpadded = encodeBinaryHeader(status, StatusSchema)

describe("the details of a status", () => {
  it("are what connect's findDetails finds", async () => {
    const trailer = trailerFrame("grpc-status:3", `grpc-status-details-bin:${unpadded}`)
    const { users } = scriptedClients([{ body: [trailer] }])
    const error = await errorOf(users.createUser({}))
    expect(error.code).toBe(Code.InvalidArgument)
    expect(error.findDetails(BadRequestSchema)).toEqual([badRequest])
    expect(error.findDetails(RetryInfoSchema)).toEqual([retryInfo])
  })

  it("may be padded or not", () => {
    const padded = Buffer.from(toBinary(StatusSchema, status)).toString("base64")
    expect(decodeStatusDetails(padded)).toEqual(decodeStatusDetails(unpadded))
    expect(decodeStatusDetails(padded).map(({ type }) => type)).toEqual([
      "google.rpc.BadRequest",
      "google.rpc.RetryInfo",
    ])
  })

  it("may contain fields of a later version", () => {
    const extended = Buffer.concat([toBinary(StatusSchema, status), Buffer.from([0x98, 0x06, 0x01])]).toString("base64")
    expect(decodeStatusDetails(extended)).toEqual(decodeStatusDetails(unpadded))
  })

  it("are empty if they are absent or unreadable, and the status is kept", () => {
    expect(decodeStatusDetails("")).toEqual([])
    expect(decodeStatusDetails("!!!")).toEqual([])
    expect(decodeStatusDetails(Buffer.from([0x1a, 0x7f]).toString("base64"))).toEqual([])
  })

  it("never throw, whatever the value is", () => {
    const values = fc.oneof(fc.string(), fc.base64String())
    const decodes = fc.property(values, (value) => {
      expect(decodeStatusDetails(value)).toBeInstanceOf(Array)
    })
    fc.assert(decodes)
  })
})
