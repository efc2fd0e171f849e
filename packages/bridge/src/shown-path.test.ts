import { expect, it } from "vitest"
import { shownPath } from "./shown-path.ts"

it.each([
  "/run/secrets/token",
  "./token",
  "../secrets/Token1",
  "C:\\secrets\\token",
  "secrets/users.token",
  "token.txt",
])("shows the path %s", (path) => {
  expect(shownPath(path)).toBe(path)
})

it.each([
  "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
  "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1",
  "hunter",
  "a b/c",
  `/${"x".repeat(2_000)}`,
])("shows only the beginning of %s, which may be the secret itself", (text) => {
  expect(shownPath(text)).toBe(
    `${text.slice(0, 4)}… (${text.length} characters; not shown, since it may be the secret itself)`,
  )
})
