import { expect, it } from "vitest"
import { whyNotLinear } from "./linear.ts"

const spaces = (length: number): string => " ".repeat(length)

it("accepts a reader that looks at each character a few times", () => {
  expect(whyNotLinear((text) => [...text].map((one) => one.trim()), spaces)).toBeNull()
})

it("reports a regular expression that starts again at each character, and a reader that throws", () => {
  expect(
    whyNotLinear(
      (text) => / +$/.test(text),
      (length) => `${spaces(length)}x`,
    ),
  ).toMatch(/^takes \d+ ms of CPU for \d+ bytes, /)
  expect(whyNotLinear((text) => JSON.parse(text), spaces)).toContain("SyntaxError")
})
