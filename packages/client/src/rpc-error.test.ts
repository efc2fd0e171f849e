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
