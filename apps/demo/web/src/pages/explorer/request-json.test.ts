import { GetUserRequestSchema, ListUsersRequestSchema, UserOrder } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it } from "vitest"

import { everything, registry } from "./everything-for-test.ts"
import { messageOf, readRequest, writeRequest } from "./request-json.ts"

const read = (text: string, isStream = false) => readRequest(GetUserRequestSchema, text, isStream, registry)

describe("a request as JSON", () => {
  it("is one message, or an array of those that are streamed", () => {
    expect(writeRequest(GetUserRequestSchema, [{ id: "a" }], false)).toBe('{\n  "id": "a"\n}')
    expect(JSON.parse(writeRequest(GetUserRequestSchema, [{ id: "a" }, {}], true))).toEqual([{ id: "a" }, {}])
    expect(read('[{"id":"a"},{}]', true)).toEqual({ kind: "read", drafts: [{ id: "a" }, {}] })
  })

  it("may be empty, or have the names of the .proto file", () => {
    expect(read("  ")).toEqual({ kind: "read", drafts: [{}] })
    expect(read("", true)).toEqual({ kind: "read", drafts: [] })
    const text = '{"page_size": "7", "order": 3}'
    expect(readRequest(ListUsersRequestSchema, text, false, registry)).toEqual({
      kind: "read",
      drafts: [{ page_size: "7", order: "USER_ORDER_NEWEST" }],
    })
  })

  it.each([
    ["no JSON", "{", /JSON/],
    ["an unknown field", '{"name": 1}', /"name" is unknown/],
    ["a value of another type", '{"id": 1}', /id/],
    ["no object", "7", /GetUserRequest/],
    ["null", "null", /GetUserRequest/],
  ])("is refused with words when it is %s", (_, text, words) => {
    expect(read(text)).toMatchObject({ kind: "bad", problem: expect.stringMatching(words) as string })
  })

  it("must be an array for a stream", () => {
    expect(read("{}", true)).toMatchObject({ kind: "bad", problem: expect.stringContaining("array") as string })
  })

  it("shows what is no valid value as it was written", () => {
    const draft = { single_int64: "12x", single_struct: "{" }
    expect(JSON.parse(writeRequest(everything, [draft], false))).toEqual({ singleInt64: "12x", singleStruct: "{" })
  })

  it("becomes the message that is sent", () => {
    const message = messageOf(ListUsersRequestSchema, { page_size: "7", order: "USER_ORDER_NEWEST" }, registry)
    expect(message).toMatchObject({ pageSize: 7, order: UserOrder.NEWEST })
  })
})
