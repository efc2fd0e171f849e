import { describe, expect, it } from "vitest"
import { isRecentGo } from "./go.ts"

describe("isRecentGo", () => {
  it.each(["go1.24", "go1.24.0", "go1.26.8", "go1.27rc1", "go2.0", "devel go1.27-abcdef"])("takes %s", (version) => {
    expect(isRecentGo(version)).toBe(true)
  })

  it.each(["go1.19.8", "go1.23.12", "go1.3", "", "1.26", "gccgo"])("refuses %j", (version) => {
    expect(isRecentGo(version)).toBe(false)
  })
})
