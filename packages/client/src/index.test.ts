import { afterEach, expect, it, vi } from "vitest"

// These modules use globals when they are loaded.
import "@bufbuild/protobuf"
import "@bufbuild/protobuf/wire"
import "@connectrpc/connect"

afterEach(() => void vi.unstubAllGlobals())

it("the package touches no global of the platform on import", async () => {
  vi.resetModules()
  const names = ["fetch", "AbortController", "Headers", "ReadableStream", "TextDecoder", "TextEncoder"]
  for (const name of names) vi.stubGlobal(name, undefined)
  const { createTransport } = await import("./index.ts")
  expect(createTransport({ baseUrl: "/" })).toHaveProperty("unary")
})
