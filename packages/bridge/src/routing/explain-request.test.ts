import { expect, it } from "vitest"
import type { RouteRequest } from "./conditions.ts"
import { readExplainRequest } from "./explain-request.ts"

function read(...parts: [name: string, value: string][]): RouteRequest {
  const result = readExplainRequest([["method", "a.B/C"], ...parts], (name) => name)
  if (result.kind === "problems") throw new Error(result.problems.join("; "))
  return result.request
}

it("fields are read as those of a call: joined by their names, the host in lower case, none for one hop", () => {
  const { header } = read(
    ["header", "X-Tag: a"],
    ["header", "x-tag:b"],
    ["header", "cookie: sid=1"],
    ["header", "cookie: lang=de"],
    ["header", "Host: Users.Example"],
    ["header", "connection: x-hop"],
    ["header", "x-hop: 1"],
  )
  expect(["x-tag", "cookie", "host", "x-hop", "x-other"].map(header)).toEqual([
    "a,b",
    "sid=1; lang=de",
    "users.example",
    null,
    null,
  ])
})

it("the origin is given by itself or as a field, and a method with or without a slash", () => {
  expect(read(["origin", "https://a.example"]).origin).toBe("https://a.example")
  expect(read(["header", "origin: https://a.example"]).origin).toBe("https://a.example")
  expect(read().origin).toBeNull()
  expect(read().path).toBe("/a.B/C")
})

it("every problem is named at once, and long texts are shortened", () => {
  const parts: [string, string][] = [
    ["header", "x".repeat(1_000)],
    ["wire", "http"],
    ["wire", "grpc"],
    ["nope", ""],
  ]
  expect(readExplainRequest(parts, (name) => `--${name}`)).toEqual({
    kind: "problems",
    problems: [
      `received --header "${"x".repeat(60)}…" without a colon`,
      "received --wire twice",
      'received "nope", which is not known here',
      "received no --method",
      'received --wire "http"',
    ],
  })
})
