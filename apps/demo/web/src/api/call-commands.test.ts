import { create } from "@bufbuild/protobuf"
import { GetUserRequestSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it } from "vitest"

import { asBufCurl, asCurl } from "./call-commands.ts"
import type { CallRecord } from "./call-record.ts"

// That a shell runs them, and what comes back, is for e2e/browser/calls.spec.ts.
const call = {
  method: UserService.method.getUser,
  url: "http://bridge.example/api.v1.UserService/GetUser",
  requestHeader: [
    ["content-type", "application/grpc-web+proto"],
    ["grpc-timeout", "10000m"],
    ["x-note", "it's"],
  ],
  requests: [{ schema: GetUserRequestSchema, value: create(GetUserRequestSchema, { id: "a'b" }), atMs: 0 }],
} as unknown as CallRecord

describe("asCurl", () => {
  it("writes the frame in octal, and every header but the deadline that has passed", () => {
    expect(asCurl(call).split(" \\\n  ")).toEqual([
      String.raw`printf '\000\000\000\000\005\012\003\141\047\142' |`,
      "curl -sS --output - --no-buffer",
      "-H 'content-type: application/grpc-web+proto'",
      String.raw`-H 'x-note: it'\''s'`,
      "--data-binary @- 'http://bridge.example/api.v1.UserService/GetUser'",
    ])
  })
})

describe("asBufCurl", () => {
  it("gives the request as JSON in one word, and no header that buf writes itself", () => {
    expect(asBufCurl(call).split(" \\\n  ")).toEqual([
      "# api.v1.UserService/GetUser\nbuf curl --protocol grpcweb --schema proto",
      String.raw`-H 'x-note: it'\''s'`,
      String.raw`--data '{"id":"a'\''b"}'`,
      "'http://bridge.example/api.v1.UserService/GetUser'",
    ])
  })
})
