import { describe, expect, it } from "vitest"
import { areTrailers, RequestRules } from "./request-rules.ts"

const usual = [":method", "POST", ":scheme", "https", ":path", "/a.B/C", ":authority", "a.example"]

/** The usual head with another value of a pseudo-header; null: without it. */
function withPseudo(name: string, value: string | null): string[] {
  const at = usual.indexOf(name)
  return [...usual.slice(0, at), ...(value === null ? [] : [name, value]), ...usual.slice(at + 2)]
}

describe("the head of a request", () => {
  it("is read in one pass", () => {
    const rules = new RequestRules()
    expect(rules.readHead([...usual, "te", "trailers", "content-length", "5"])).toBe(true)
    expect(rules).toMatchObject({
      method: "POST",
      path: "/a.B/C",
      authority: "a.example",
      contentLength: 5,
      firstField: 8,
    })
    expect(rules.readHead(usual)).toBe(true)
    expect(rules.contentLength).toBe(Infinity)
  })

  it.each([
    ["no method", withPseudo(":method", null)],
    ["no scheme", withPseudo(":scheme", null)],
    ["no path", withPseudo(":path", null)],
    ["an empty path", withPseudo(":path", "")],
    ["a path that is an address", withPseudo(":path", "http://a.example/")],
    ["a path with a blank", withPseudo(":path", "/a b")],
    ["a method that is no token", withPseudo(":method", "PO ST")],
    ["a scheme with a blank", withPseudo(":scheme", "ht tp")],
    ["two paths", [...usual, ":path", "/a.B/C"]],
    ["a pseudo-header behind a field", ["x-a", "1", ...usual]],
    ["a pseudo-header of answers", [":status", "200", ...usual]],
    ["neither an authority nor a host", withPseudo(":authority", null)],
    ["two hosts", [...usual, "host", "a.example", "host", "a.example"]],
    ["connection", [...usual, "connection", "close"]],
    ["transfer-encoding", [...usual, "transfer-encoding", "chunked"]],
    ["te other than trailers", [...usual, "te", "gzip"]],
    ["two lengths", [...usual, "content-length", "5", "content-length", "5"]],
    ["a length that is no number", [...usual, "content-length", "+5"]],
    ["CONNECT with a path", withPseudo(":method", "CONNECT")],
  ])("is malformed with %s", (_what, fields) => {
    expect(new RequestRules().readHead(fields)).toBe(false)
  })

  it.each([
    ["a host in place of an authority", [...withPseudo(":authority", null), "host", "a.example"]],
    ["OPTIONS for *", [":method", "OPTIONS", ":scheme", "https", ":path", "*", ":authority", "a"]],
    ["CONNECT", [":method", "CONNECT", ":authority", "a:443"]],
  ])("is well-formed with %s", (_what, fields) => {
    expect(new RequestRules().readHead(fields)).toBe(true)
  })
})

describe("trailers of a request", () => {
  it("have no pseudo-header and nothing of a connection", () => {
    expect(areTrailers(["x-a", "1"])).toBe(true)
    expect(areTrailers([":path", "/"])).toBe(false)
    expect(areTrailers(["connection", "close"])).toBe(false)
  })
})
