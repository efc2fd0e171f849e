import { describe, expect, it } from "vitest"
import { parseMethodPath, stripPrefixProblem } from "./method-path.ts"

describe("parseMethodPath", () => {
  it("takes the last two segments for the method", () => {
    expect(parseMethodPath("/a.B/C")).toEqual({ prefix: "", service: "a.B", method: "C" })
    expect(parseMethodPath("/x/y/a.B/C")).toEqual({ prefix: "/x/y", service: "a.B", method: "C" })
    for (const path of ["", "/", "a", "/a", "a/b", "//", "///", "/a/", "//a", "/a b/c"])
      expect(parseMethodPath(path), path).toBeNull()
  })
})

describe("stripPrefixProblem", () => {
  it.each(["/api", "/api/", "/team/api-v1.2", "/..a", "/a.."])("accepts %s", (prefix) =>
    expect(stripPrefixProblem(prefix)).toBeNull(),
  )

  it.each(["", "/", "//", "/api//", "/a//b", "/..", "/a/../b", "/./a", "/a%2fb", "/a?b", "/a#b", "/a\\b", "/a b"])(
    "refuses %j",
    (prefix) => expect(stripPrefixProblem(prefix)).toContain(`"${prefix}" is no prefix of paths`),
  )

  it("knows the usual slip", () => {
    expect(stripPrefixProblem("api/")).toMatch(/; did you mean \/api\?$/)
  })
})
