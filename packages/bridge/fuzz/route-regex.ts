import assert from "node:assert/strict"
import { Regex, regexProblem } from "../src/routing/regex.ts"

/** V8 tries every way through an expression, so its values must be short. */
const maxValueLength = 6
const maxSourceLength = 60

/** The first line is an expression, the second a value. Where V8 means the same by the expression, both must agree. */
export function routeRegex(input: Uint8Array): void {
  const [first = "", second = ""] = Buffer.from(input).toString("latin1").split("\n")
  const source = first.slice(0, maxSourceLength)
  const value = second.slice(0, maxValueLength)
  const problem = regexProblem(source)
  if (problem !== null) {
    assert(problem.length < 200, `the problem has ${problem.length} characters`)
    return
  }
  const matches = new Regex(source).matches(value)
  assert.equal(new Regex(source).matches(value), matches)
  // V8 folds the case of letters beyond ASCII, takes \v and U+00A0 for blanks, and has no match of . with \r.
  if (!/^[\t -~]*$/.test(source) || !/^[\t -~]*$/.test(value)) return
  assert.equal(matches, inV8(source).test(value), `${JSON.stringify(source)} and ${JSON.stringify(value)}`)
}

/** The same expression for V8. */
function inV8(source: string): RegExp {
  const ignoresCase = source.startsWith("(?i)")
  const body = source
    .slice(ignoresCase ? 4 : 0)
    .replace(/^\^/, "")
    .replace(/((?:^|[^\\])(?:\\\\)*)\$$/, "$1")
  // A ] that comes first in a class is a character of it; V8 takes it for the end.
  const classes = body.replace(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]/g, (part) => part.replace(/^(\[\^?)\]/, "$1\\]"))
  return new RegExp(`^(?:${classes})$`, ignoresCase ? "i" : "")
}
