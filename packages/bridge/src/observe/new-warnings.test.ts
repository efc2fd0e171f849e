import { expect, it } from "vitest"
import { NewWarnings } from "./new-warnings.ts"

it("logs each warning when it begins to hold, and again once it has not held in between", () => {
  const logged: string[] = []
  const log = { debug() {}, info() {}, warn: (message: string) => void logged.push(message), error() {} }
  const warnings = new NewWarnings(log, ["a"])
  for (const all of [["a", "b", "b"], ["b", "a"], ["c"], ["a"]]) warnings.log(all)
  expect(logged).toEqual(["b", "c", "a"])
})
