import { describe, expect, it, vi } from "vitest"
import { hashOfSource } from "./hash-source.ts"
import { hashOf } from "./hash.ts"

describe("hashOfSource", () => {
  const of = (fields: Record<string, string>) => ({ header: (name: string) => fields[name] ?? null })
  const user = { kind: "header", name: "x-user" } as const
  const cookie = { kind: "cookie", name: "sid" } as const

  it("takes a header's value", () => {
    expect(hashOfSource(user, of({ "x-user": "ann" }))).toBe(hashOf("ann"))
    expect(hashOfSource(user, of({ "x-other": "ann" }))).toBeNull()
    expect(hashOfSource(user, of({ "x-user": "" }))).toBeNull()
  })

  it.each([
    ["sid=ann", "ann"],
    ["a=1; sid=ann; b=2", "ann"],
    ["a=1;sid=ann", "ann"],
    ["sid=a=b", "a=b"],
    ["sid; sid=ann", "ann"],
    ["sid=ann; sid=bob", "ann"],
    ["xsid=eve; sid=ann", "ann"],
    [';;=; "a; sid=ann', "ann"],
  ])("takes the cookie's value from %j", (field, value) => {
    expect(hashOfSource(cookie, of({ cookie: field }))).toBe(hashOf(value))
  })

  it("reads a field without any = once, however many pairs it has", () => {
    const search = vi.spyOn(String.prototype, "indexOf")
    const found = hashOfSource(cookie, of({ cookie: `sid=;${";".repeat(1_000)}` }))
    const searches = search.mock.calls.filter(([text]) => text === "=").length
    search.mockRestore()
    expect([found, searches <= 2]).toEqual([null, true])
  })

  it.each(["", "sid", "sid=", "sid=; sid2=a", "SID=ann", "a=sid=ann"])("finds no cookie in %j", (field) => {
    expect(hashOfSource(cookie, of({ cookie: field }))).toBeNull()
  })
})
