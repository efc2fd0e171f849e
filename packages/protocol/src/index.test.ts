import { afterEach, expect, it, vi } from "vitest"

afterEach(() => void vi.unstubAllGlobals())

it("the package touches no global of the platform on import", async () => {
  vi.resetModules()
  for (const name of ["TextDecoder", "TextEncoder"]) vi.stubGlobal(name, undefined)
  const { formatTimeout } = await import("./index.ts")
  expect(formatTimeout(1)).toBe("1000000n")
})
