import { Code, ConnectError } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { isRpcError, RpcError } from "./rpc-error.ts"

const error = new RpcError("no such user", Code.NotFound, { source: "server", reason: null, metadata: { a: "1" } })

describe("an RpcError", () => {
  it("is a ConnectError to all who ask connect", () => {
    expect(error).toBeInstanceOf(ConnectError)
    expect(error).toBeInstanceOf(Error)
    expect(ConnectError.from(error)).toBe(error)
    expect(error.message).toBe("[not_found] no such user")
    expect(error.metadata.get("a")).toBe("1")
  })

  it("is told from a plain ConnectError, which is none", () => {
    expect(error).toBeInstanceOf(RpcError)
    expect(isRpcError(error)).toBe(true)
    const plain = new ConnectError("no such user", Code.NotFound)
    expect(plain).not.toBeInstanceOf(RpcError)
    expect(isRpcError(plain)).toBe(false)
    expect(isRpcError(undefined)).toBe(false)
  })

  it("is asked for its code in one go", () => {
    expect(isRpcError(error, Code.NotFound)).toBe(true)
    expect(isRpcError(error, Code.Internal)).toBe(false)
  })

  it("of a server is marked as from the wire, so that a server handing it on does not leak its metadata", () => {
    expect(error.isWireError).toBe(true)
    expect(new RpcError("", Code.Canceled, { source: "client" }).isWireError).toBe(false)
  })
})

describe("retryable", () => {
  it.each(["backend-unreachable", "backend-busy", "backend-refused"])(
    "is true after the bridge's %s: no backend took the call",
    (reason) => {
      expect(new RpcError("", Code.Unavailable, { source: "server", reason }).retryable).toBe(true)
      // Said by something that is not gRPC-Web it proves nothing.
      expect(new RpcError("", Code.Unavailable, { source: "http", reason }).retryable).toBe(false)
    },
  )

  it.each([
    ["a service that says UNAVAILABLE, which may have begun its work", { source: "server" }],
    ["a lost backend", { source: "server", reason: "backend-lost" }],
    ["a draining bridge, which says the same of calls that it cuts", { source: "server", reason: "draining" }],
    ["an answer that did not come", { source: "network" }],
    ["a proxy's error", { source: "http", httpStatus: 503 }],
  ] as const)("is false after %s", (_what, init) => {
    expect(new RpcError("", Code.Unavailable, init).retryable).toBe(false)
  })
})
