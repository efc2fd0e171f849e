import { Code } from "@connectrpc/connect"
import { expect, it } from "vitest"
import { RpcError } from "../rpc-error.ts"
import { wasNotProcessed } from "./was-not-processed.ts"

const causedBy = (cause: unknown) => new RpcError("no answer", Code.Unavailable, { source: "network", cause })

it("knows that a request was not processed if Node says that no connection was made", () => {
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" })
  expect(wasNotProcessed(causedBy(new TypeError("fetch failed", { cause: refused })))).toBe(true)
  expect(wasNotProcessed(causedBy(new TypeError("Failed to fetch")))).toBe(false)
})

it("terminates if errors are the cause of each other", () => {
  const first = new Error("first")
  first.cause = new Error("second", { cause: first })
  expect(wasNotProcessed(causedBy(first))).toBe(false)
})
