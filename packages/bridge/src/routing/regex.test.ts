import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Regex, regexProblem } from "./regex.ts"

describe("Regex", () => {
  it.each<[source: string, yes: readonly string[], no: readonly string[]]>([
    ["", [""], ["a"]],
    ["abc", ["abc"], ["", "ab", "abcd", "xabc"]],
    ["^abc$", ["abc"], ["abcd", "$", "^abc$"]],
    ["a|b|", ["a", "b", ""], ["ab"]],
    ["^a|b$", ["a", "b"], ["ab", "ax"]],
    ["v[0-9]+(\\.[0-9]+)?", ["v1", "v12.3"], ["v", "v1.", "V1", "v1.2.3"]],
    ["(?i)v[a-c]x", ["vax", "VBX"], ["vdx"]],
    ["(?i)[^a]", ["b", "B"], ["a", "A"]],
    ["a{2}", ["aa"], ["a", "aaa"]],
    ["a{2,}", ["aa", "aaaaa"], ["a"]],
    ["a{0,2}b", ["b", "ab", "aab"], ["aaab"]],
    ["(?:ab){2,3}", ["abab", "ababab"], ["ab", "abababab", "aba"]],
    ["(a*)*", ["", "aaa"], ["b"]],
    ["(a|b*)+c", ["c", "abbac"], ["ab"]],
    ["a{0}", [""], ["a"]],
    ["[]a]", ["]", "a"], ["b"]],
    ["[^]a]", ["b", "\u00ff", "\u0100"], ["]", "a"]],
    ["[a-]", ["a", "-"], ["b"]],
    ["[\\d.\\-\\]]", ["1", ".", "-", "]"], ["\\", "a"]],
    ["\\w\\W\\s\\S\\D", ["a- xx", "_.\t1x"], ["--- x", "a- x1"]],
    ["\\x41\\t\\.\\\\", ["A\t.\\"], ["A\t.."]],
    [".", ["a", "\u00ff", "\u2028"], ["\n", ""]],
    ["\u00e9", ["\u00e9"], ["e"]],
    ["\\$", ["$"], [""]],
    ["\\\\$", ["\\"], ["\\$"]],
    ["x}", ["x}"], ["x"]],
  ])("%j matches whole values", (source, yes, no) => {
    expect(regexProblem(source)).toBeNull()
    const regex = new Regex(source)
    expect([...yes, ...no].filter((value) => regex.matches(value))).toEqual(yes)
    expect(yes.every((value) => regex.matches(value))).toBe(true)
  })

  it("agrees with V8 on all values, whatever the expression is", () => {
    const alphabet = fc.constantFrom("a", "b", "A", ".", "-")
    const atom = fc.constantFrom(
      "a",
      "b",
      "A",
      ".",
      "\\.",
      "[ab]",
      "[^a]",
      "[a-b.]",
      "\\d",
      "\\W",
      "\\x61",
      "(?:)",
      "()",
    )
    const { source } = fc.letrec<{ source: string; repeated: string; item: string }>((tie) => ({
      source: fc.oneof(
        { maxDepth: 4, depthIdentifier: "regex" },
        fc.array(tie("repeated"), { maxLength: 4 }).map((parts) => parts.join("")),
        fc.tuple(tie("source"), tie("source")).map(([one, other]) => `${one}|${other}`),
      ),
      repeated: fc
        .tuple(tie("item"), fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "{0}"))
        .map((parts) => parts.join("")),
      item: fc.oneof(
        { maxDepth: 4, depthIdentifier: "regex" },
        atom,
        tie("source").map((inner) => `(${inner})`),
      ),
    }))
    const value = fc.array(alphabet, { maxLength: 6 }).map((chars) => chars.join(""))
    fc.assert(
      fc.property(
        source,
        fc.boolean(),
        fc.array(value, { minLength: 8, maxLength: 8 }),
        (text, ignoresCase, values) => {
          fc.pre(regexProblem(text) === null)
          const regex = new Regex(ignoresCase ? `(?i)${text}` : text)
          const oracle = new RegExp(`^(?:${text})$`, ignoresCase ? "i" : "")
          for (const candidate of values) expect(regex.matches(candidate), candidate).toBe(oracle.test(candidate))
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe("the cost of a value", () => {
  /** A value of the character `a` that counts how often a character of it is read. */
  function countedValue(length: number): { readonly value: string; reads(): number } {
    let reads = 0
    const value = { length, charCodeAt: () => (reads++, 97) }
    return { value: value as unknown as string, reads: () => reads }
  }

  it.each([".*(?:a.{900})", "(?:a*){499}", "(?:a?){499}", "(?:(?:a?)?){300}"])(
    "is bounded for %s, whose states are all visited with each character",
    (source) => {
      const { value, reads } = countedValue(16_384)
      expect(new Regex(source).compare(value)).toBe("tooCostly")
      expect(reads()).toBeLessThan(1_000)
    },
  )

  it("lets usual expressions read the longest value that a request head can hold", () => {
    for (const source of ["v[12].*", "(?i)[a-z0-9._-]+", ".*b?", `(?:${"user,".repeat(150)}|a*)`]) {
      const { value, reads } = countedValue(16_384)
      expect(new Regex(source).compare(value)).toBe(source.startsWith("v") ? "differs" : "matches")
      if (!source.startsWith("v")) expect(reads()).toBe(16_384)
    }
  })

  it("does not match: a value that was not compared to its end is like another value", () => {
    expect(new Regex("(?:a*){499}").matches("a".repeat(16_384))).toBe(false)
    expect(new Regex("(?:a*){499}").matches("aaa")).toBe(true)
  })
})

describe("regexProblem", () => {
  it.each([
    ["(", "there is a ( without a )"],
    ["(a$", "there is a ( without a )"],
    [")", "there is a ) without a ("],
    ["[a", "there is a [ without a ]"],
    ["*a", "* repeats nothing; write \\* for the character"],
    ["a|*", "* repeats nothing"],
    ["a**", "a repetition follows a repetition"],
    ["a+?", "lazy ones are not needed"],
    ["a{", "write \\{ for a {"],
    ["a{2,1}", "{2,1} repeats no number of times"],
    ["a{1001}", "a repetition has more than 1000 rounds"],
    ["(a)\\1", "\\1 is not supported"],
    ["\\bfoo", "\\b is not supported"],
    ["a\\", "\\ is not supported"],
    ["(?=a)", "look-around, named groups and flags are not supported"],
    ["(?<!a)", "look-around"],
    ["(?P<n>a)", "named groups"],
    ["a^b", "^ stands inside"],
    ["(a$)b", "$ stands inside"],
    ["[b-a]", "a range in a class ends before it begins"],
    ["[a-\\d]", "a range in a class begins or ends with \\d"],
    ["[[:alpha:]]", "classes such as [:alpha:] are not supported"],
    ["[a]".repeat(2_000), "it has more than 4096 characters"],
    ["\u20ac", "a character above U+00FF cannot occur"],
    [`${"(".repeat(60)}${")".repeat(60)}`, "groups are nested more than 49 deep"],
    ["((a{1,10}){1,10}){1,10}b", "states, of which at most 1000 are allowed"],
    [`${"(".repeat(40)}${"){1000}".repeat(40)}`, "more than a million states"],
    [`${"(".repeat(40)}a{0}${"){1000}".repeat(40)}`, "more than a million states"],
  ])("explains the problem with %j", (source, words) => {
    expect(regexProblem(source)).toContain(words)
    if (!words.includes("states")) expect(() => new Regex(source)).toThrow("is no regular expression")
  })

  it("names the place", () => {
    expect(regexProblem("ab(?=c)")).toMatch(/\(character 3\)$/)
  })

  it("explains any text, or accepts it and builds it, at a bounded cost", () => {
    const piece = fc.oneof(
      fc.string({
        unit: fc.constantFrom(...Array.from("()[]{}^$|*+?.\\-,:=!<>ab019 \u00e9")),
        minLength: 1,
        maxLength: 1,
      }),
      fc.constantFrom("(?", "(?:", "(?i)", "{2,", "\\d", "\\x4"),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const source = pieces.join("")
        if (regexProblem(source) === null) new Regex(source).matches(source)
      }),
      { numRuns: 2_000 },
    )
  })
})
