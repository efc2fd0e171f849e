import { create, toBinary } from "@bufbuild/protobuf"
import { BadRequestSchema, RetryInfoSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { errorDetails } from "./error-details.ts"
import { RpcError } from "./rpc-error.ts"

const badRequest = create(BadRequestSchema, { fieldViolations: [{ field: "user.email", description: "no address" }] })
const detail = { type: BadRequestSchema.typeName, value: toBinary(BadRequestSchema, badRequest) }
const error = (...details: (typeof detail)[]) => new RpcError("", Code.InvalidArgument, { source: "server", details })

describe("errorDetails", () => {
  it("gives the details of the given type", () => {
    expect(errorDetails(error(detail, detail), BadRequestSchema)).toEqual([badRequest, badRequest])
    expect(errorDetails(error(detail), RetryInfoSchema)).toEqual([])
  })

  it("leaves out an unreadable detail", () => {
    const malformed = { type: BadRequestSchema.typeName, value: new Uint8Array([0xff]) }
    expect(errorDetails(error(malformed, detail), BadRequestSchema)).toEqual([badRequest])
  })

  it("reads the details of an error that an interceptor threw", () => {
    const thrown = new ConnectError("", Code.InvalidArgument, undefined, [
      { desc: BadRequestSchema, value: badRequest },
    ])
    expect(errorDetails(thrown, BadRequestSchema)).toEqual([badRequest])
  })

  it.each([undefined, null, "no", new Error("no")])("finds none in %o", (thrown) => {
    expect(errorDetails(thrown, BadRequestSchema)).toEqual([])
  })
})
