import { describe, expect, it } from "vitest"
import { latin1 } from "../../fuzz/chunks.ts"
import { FieldNames } from "./field-names.ts"

function intern(names: FieldNames, text: string): string {
  return names.intern(latin1(`x${text}x`), 1, text.length + 1)
}

describe("FieldNames", () => {
  it("gives each name in lower case, the first time and later", () => {
    const names = new FieldNames()
    for (const text of ["Content-Type", "content-type", "CONTENT-TYPE", "x", "X_1.~"]) {
      expect(intern(names, text)).toBe(text.toLowerCase())
    }
    expect(names.size).toBe(3)
  })

  it("keeps a bounded number of names, and is right about each", () => {
    const names = new FieldNames()
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5_000; i++) expect(intern(names, `X-Junk-${i}`)).toBe(`x-junk-${i}`)
    }
    expect(names.size).toBeLessThanOrEqual(512)
  })

  it("does not keep a long name", () => {
    const names = new FieldNames()
    const long = "a".repeat(10_000)
    expect(intern(names, long)).toBe(long)
    expect(names.size).toBe(0)
  })
})
