import { describe, expect, it } from "vitest"
import { isInRange } from "./node-range.mjs"

const range = "^22.22.2 || ^24.14.1 || >=26"

describe("isInRange", () => {
  it.each(["22.22.2", "22.30.0", "24.14.1", "24.21.0", "26.0.0", "27.1.0", "26.0.0-nightly2026"])(
    "takes %s",
    (version) => {
      expect(isInRange(version, range)).toBe(true)
    },
  )

  it.each(["18.20.8", "20.20.2", "22.9.0", "22.22.1", "23.11.0", "24.14.0", "25.9.0"])("refuses %s", (version) => {
    expect(isInRange(version, range)).toBe(false)
  })

  it("refuses to guess about a range it does not know", () => {
    expect(() => isInRange("24.0.0", "24.x")).toThrow('does not know: "24.x"')
  })
})
