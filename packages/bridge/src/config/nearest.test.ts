import { expect, it } from "vitest"
import { nearest } from "./nearest.ts"

const flags = ["listen", "upstream", "upstream-ca", "admin", "max-sessions"]

it.each([
  ["listn", "listen"],
  ["upsteam", "upstream"],
  ["upstream-caa", "upstream-ca"],
  ["maxsessions", "max-sessions"],
])("takes %s for %s", (word, meant) => {
  expect(nearest(word, flags)).toBe(meant)
})

it.each(["", "xyz", "verbose", "x".repeat(100_000)])("takes %.20s for nothing", (word) => {
  expect(nearest(word, flags)).toBeNull()
})
