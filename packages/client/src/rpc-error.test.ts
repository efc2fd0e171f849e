import { create, createRegistry, toBinary } from "@bufbuild/protobuf"
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { isRpcError, RpcError } from "./rpc-error.ts"

const error = new RpcError("no such user", Code.NotFound, { source: "server", reason: null, metadata: { a: "1" } })

describe("an RpcError", () => {
  it("is a ConnectError for connect's checks", () => {
    expect(error).toBeInstanceOf(ConnectError)
    expect(error).toBeInstanceOf(Error)
    expect(ConnectError.from(error)).toBe(error)
    expect(error.message).toBe("[not_found] no such user")
    expect(error.metadata.get("a")).toBe("1")
  })

  it.each([...Object.values(Code).filter((code) => typeof code === "number"), 17, 99])(
    "of code %i has the message that connect gives it",
    (code) => {
      const init = { source: "server" } as const
      expect(new RpcError("why", code, init).message).toBe(new ConnectError("why", code).message)
      expect(new RpcError("", code, init).message).toBe(new ConnectError("", code).message)
      expect(String(new RpcError("why", code, init))).toBe(String(new ConnectError("why", code)))
    },
  )

  it("has all members of a ConnectError, and finds the same details", () => {
    const desc = BadRequestSchema
    const value = create(desc, { fieldViolations: [{ field: "user.email" }] })
    const details = [
      { type: desc.typeName, value: toBinary(desc, value) },
      { type: desc.typeName, value: new Uint8Array([0xff]) },
      { type: RetryInfoSchema.typeName, value: new Uint8Array() },
      { desc, value },
    ]
    const theirs = new ConnectError("why", Code.Internal)
    const ours = new RpcError("why", Code.Internal, { source: "server", details })
    theirs.details = details
    for (const name of [...Object.keys(theirs), "findDetails"]) expect(ours).toHaveProperty(name)
    for (const wanted of [desc, RetryInfoSchema, ErrorInfoSchema]) {
      expect(ours.findDetails(wanted)).toEqual(theirs.findDetails(wanted))
    }
    const registry = createRegistry(desc, RetryInfoSchema)
    expect(ours.findDetails(registry)).toEqual(theirs.findDetails(registry))
    expect(ours.findDetails(registry)).toHaveLength(3)
  })

  it("is distinguished from a plain ConnectError, which is not an RpcError", () => {
    expect(error).toBeInstanceOf(RpcError)
    expect(isRpcError(error)).toBe(true)
    const plain = new ConnectError("no such user", Code.NotFound)
    expect(plain).not.toBeInstanceOf(RpcError)
    expect(isRpcError(plain)).toBe(false)
    expect(isRpcError(undefined)).toBe(false)
  })

  it("can be checked for its class and its code in one call", () => {
    expect(isRpcError(error, Code.NotFound)).toBe(true)
    expect(isRpcError(error, Code.Internal)).toBe(false)
  })

  it("from a server has isWireError set, so that a server that forwards it does not leak its metadata", () => {
    expect(error.isWireError).toBe(true)
    expect(new RpcError("", Code.Canceled, { source: "client" }).isWireError).toBe(false)
  })
})

describe("retryable", () => {
  it.each([
    ...["backend-unreachable", "backend-busy", "backend-refused", "client-busy", "draining"],
    ...["breaker-open", "no-healthy-endpoint"],
  ])("is true after the bridge's %s: no backend has processed the call", (reason) => {
    expect(new RpcError("", Code.Unavailable, { source: "server", reason }).retryable).toBe(true)
    // In an answer that is not gRPC-Web the reason proves nothing.
    expect(new RpcError("", Code.Unavailable, { source: "http", reason }).retryable).toBe(false)
  })

  it.each([
    ["a service that says UNAVAILABLE, which may have begun its work", { source: "server" }],
    ["a lost backend", { source: "server", reason: "backend-lost" }],
    ["a bridge that shut down before the call was complete", { source: "server", reason: "shut-down" }],
    ["an answer that did not come", { source: "network" }],
    ["a proxy's error", { source: "http", httpStatus: 503 }],
  ] as const)("is false after %s", (_what, init) => {
    expect(new RpcError("", Code.Unavailable, init).retryable).toBe(false)
  })
})
