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

it("does not find a field that connection lists: it is for this hop, and the backend does not get it", () => {
  const fields = [
    "X-Tenant",
    "a",
    "Connection",
    "keep-alive, X-TENANT",
    "x-tag",
    "b",
    "connection",
    "cookie",
    "cookie",
    "c",
  ]
  const of = (name: string) => receivedField(head(fields), name)
  expect(["x-tenant", "x-tag", "cookie"].map(of)).toEqual([null, "b", null])
})

it("takes the authority of HTTP/2 for the host", () => {
  expect(receivedField(head([], "h:2"), "host")).toBe("h:2")
  expect(receivedField(head(["host", "h:2"], "h:2"), "host")).toBe("h:2")
  expect(receivedField(head([], "Admin.Example"), "host")).toBe("admin.example")
  expect(receivedField(head(["Host", "Admin.Example"]), "host")).toBe("admin.example")
})
