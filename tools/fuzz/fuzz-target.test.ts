import { describe, expect, it } from "vitest"
import type { Exploration } from "./explore.ts"
import { fuzzTarget, type FuzzOptions } from "./fuzz-target.ts"

const planted = new URL("../fixtures/fuzz-planted.ts", import.meta.url).href
/** Only the number of inputs bounds a run, so every machine tries the same inputs. */
const bounds = { seed: 1, maxRuns: 150_000, maxMs: Infinity, maxBytes: 64 }
/** Time limit of a test that hangs. On an idle machine the longest test takes a few seconds. */
const patienceMs = 600_000

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

  it("counts steps that are not linear, in an input that it has stretched", async () => {
    expect((await fuzz("quadratic", { hangMs: Infinity })).finding?.problem).toMatch(
      /^runs one part of the code \d+ times, for an input of \d+ bytes$/,
    )
  })

  it("finds an input that never ends, and says which", async () => {
    const { finding } = await fuzz("hangs", { hangMs: 2_000 })
    expect(finding?.problem).toBe("does not end within 2000 ms of CPU")
    expect(Buffer.from(finding?.input ?? []).toString("latin1")).toContain("%%")
  })

  it("finds nothing where there is nothing", async () => {
    const { finding, runs } = await fuzzTarget(planted, "sound", { ...bounds, maxRuns: 2_000 })
    expect(finding).toBeNull()
    expect(runs).toBeGreaterThanOrEqual(2_000)
  })
})
