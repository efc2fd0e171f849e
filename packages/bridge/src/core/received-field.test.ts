import { expect, it } from "vitest"
import { receivedField } from "./received-field.ts"

const head = (fields: readonly string[], authority: string | null = null) => ({
  method: "POST",
  target: "/a.B/C",
  authority,
  fields,
})

it("finds a field in any case, and joins several of one name", () => {
  const fields = ["Host", "h:1", "X-Tag", "a", "Cookie", "s=1", "x-tag", "b", "cookie", "t=2", "x-empty", ""]
  const of = (name: string) => receivedField(head(fields), name)
  expect(["host", "x-tag", "cookie", "x-empty", "a", "x-ta"].map(of)).toEqual([
    "h:1",
    "a,b",
    "s=1; t=2",
    "",
    null,
    null,
  ])
})

it("takes the authority of HTTP/2 for the host", () => {
  expect(receivedField(head([], "h:2"), "host")).toBe("h:2")
  expect(receivedField(head(["host", "h:2"], "h:2"), "host")).toBe("h:2")
})
