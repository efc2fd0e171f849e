import { describe, expect, it } from "vitest"
import type { Exploration } from "./explore.ts"
import { fuzzTarget, type FuzzOptions } from "./fuzz-target.ts"

const planted = new URL("../fixtures/fuzz-planted.ts", import.meta.url).href
const bounds = { seed: 1, maxRuns: 150_000, maxMs: 100_000, maxBytes: 64 }
/** A machine that has much else to do tries a few thousand inputs a second. */
const patienceMs = 120_000

function fuzz(name: string, options?: FuzzOptions): Promise<Exploration> {
  return fuzzTarget(planted, name, bounds, options)
}

describe("fuzzTarget", { timeout: patienceMs }, () => {
  it("finds a mistake behind three comparisons, one after the other, and leaves out of the input what it does not take", async () => {
    const { finding } = await fuzz("deep")
    expect(finding?.problem).toContain("planted: deep")
    expect(finding?.input).toEqual(Uint8Array.of(0x7b, 0xa3, 0x05))
  })

  it("does not find it without coverage", async () => {
    expect(await fuzz("deep", { isBlind: true })).toMatchObject({ finding: null })
  })

  it("finds one that only shows when the input is cut at one place", async () => {
    const { finding } = await fuzz("forgets-cuts")
    expect(finding?.problem).toContain("planted: a cut changes the count")
    expect(finding?.input).toHaveLength(3)
  })

  it("finds an allocation of what a length prefix claims", async () => {
    expect((await fuzz("believes")).finding?.problem).toMatch(
      /^asks for \d+ bytes in one piece, for an input of 4 bytes$/,
    )
  })

  it("finds time that is not linear, in an input that it has stretched", async () => {
    expect((await fuzz("quadratic", { hangMs: 100_000 })).finding?.problem).toMatch(
      /^takes \d+ ms of CPU for an input of \d+ bytes$/,
    )
  })

  it("finds an input that never ends, and says which", async () => {
    const { finding } = await fuzz("hangs", { hangMs: 3_000 })
    expect(finding?.problem).toBe("does not end within 3000 ms")
    expect(Buffer.from(finding?.input ?? []).toString("latin1")).toContain("%%")
  })

  it("finds nothing where there is nothing", async () => {
    const { finding, runs } = await fuzzTarget(planted, "sound", { ...bounds, maxRuns: 2_000 })
    expect(finding).toBeNull()
    expect(runs).toBeGreaterThanOrEqual(2_000)
  })
})
