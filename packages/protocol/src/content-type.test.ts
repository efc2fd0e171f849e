import { describe, expect, it } from "vitest"
import { whyNotLinear } from "../../../tools/fuzz/linear.ts"
import { chooseReplyWire, formatContentType, parseContentType } from "./content-type.ts"

describe("parseContentType", () => {
  it.each([
    ["application/grpc", "grpc", ""],
    ["application/grpc+proto", "grpc", "+proto"],
    ["application/grpc-web", "grpc-web", ""],
    ["application/grpc-web+json", "grpc-web", "+json"],
    ["application/grpc-web-text", "grpc-web-text", ""],
    ["application/grpc-web-text+proto", "grpc-web-text", "+proto"],
    ["application/grpc-web-text-base64", "grpc-web-text", ""],
    ["Application/GRPC-Web+Proto; charset=utf-8", "grpc-web", "+proto"],
    ["application/grpc-web ;x", "grpc-web", ""],
    ["application/grpc;", "grpc", ""],
    ["application/grpc-web+x.y-z_1", "grpc-web", "+x.y-z_1"],
  ])("reads %j", (value, wire, suffix) => {
    expect(parseContentType(value)).toEqual({ wire, suffix })
  })

  it.each([
    "",
    "application/json",
    "application/proto",
    "text/application/grpc",
    "application/grpcx",
    "application/grpc-foo",
    "application/grpc-text",
    "application/grpc-web-textual",
    "application/grpc-web+",
    "application/grpc-web+-",
    "application/grpc-web+a+b",
    "application/grpc-web proto",
    "application/grpc-web, application/grpc",
  ])("does not take %j for gRPC", (value) => {
    expect(parseContentType(value)).toBeNull()
  })
})

describe("formatContentType", () => {
  it("writes the given suffix, and adds none", () => {
    expect(formatContentType({ wire: "grpc-web-text", suffix: "+proto" })).toBe("application/grpc-web-text+proto")
    expect(formatContentType({ wire: "grpc", suffix: "" })).toBe("application/grpc")
  })
})

describe("chooseReplyWire", () => {
  const wires = ["grpc-web", "grpc-web-text"] as const

  it.each([
    null,
    "",
    "*/*",
    "*/*;q=0.1",
    "application/*",
    "application/json",
    "application/grpc",
    "text/html, application/xml;q=0.9",
    "application/grpc-web, application/grpc-web-text",
    "application/grpc-web;q=0, application/grpc-web-text;q=0",
    "application/grpc-web-text;q=0, */*;q=0",
    ",;,",
  ])("mirrors the request if Accept is %j", (accept) => {
    for (const wire of wires) expect(chooseReplyWire(accept, wire)).toBe(wire)
  })

  it.each([
    ["application/grpc-web-text", "grpc-web-text"],
    ["application/grpc-web-text+proto", "grpc-web-text"],
    ["application/grpc-web+proto", "grpc-web"],
    ["APPLICATION/GRPC-WEB-TEXT", "grpc-web-text"],
    ["text/html, application/grpc-web-text", "grpc-web-text"],
    ["*/*, application/grpc-web-text;q=0.5", "grpc-web"],
    ["application/*, application/grpc-web-text;q=0.5", "grpc-web"],
    ["Application/*, application/grpc-web-text;q=0.5", "grpc-web"],
    ["text/*, application/grpc-web-text;q=0.5", "grpc-web-text"],
    ["*/*;q=0.9, application/*;q=0.1, application/grpc-web-text;q=0.5", "grpc-web"],
    ["*/*;q=0.1, application/grpc-web-text;q=0.5", "grpc-web-text"],
    ["application/grpc-web;q=0.5, application/grpc-web-text;q=0.8", "grpc-web-text"],
    ["application/grpc-web;q=0.8, application/grpc-web-text;q=0.5", "grpc-web"],
    ["application/grpc-web; q=0.8 , application/grpc-web-text; charset=x; Q=0.5", "grpc-web"],
    ["application/grpc-web-text;q=0", "grpc-web"],
    ["application/grpc-web;q=0", "grpc-web-text"],
    ["application/grpc-web;q=0.000, */*", "grpc-web-text"],
    ["application/grpc-web-text, */*", "grpc-web-text"],
    ["*/*, application/grpc-web", "grpc-web"],
    ["application/grpc-web;q=0.5, application/grpc-web-text;q=oops", "grpc-web-text"],
    ["application/grpc-web;q=0.1x, application/grpc-web-text;q=0.5", "grpc-web"],
    ["application/grpc-web;q=0.1 , application/grpc-web-text;q=0.5", "grpc-web-text"],
    ["application/grpc-web;q=0.9, application/grpc-web+proto;q=0.1, application/grpc-web-text;q=0.5", "grpc-web"],
    [
      "application/grpc-web-text;q=0.9, application/grpc-web-text+json;q=0.1, application/grpc-web;q=0.5",
      "grpc-web-text",
    ],
    [
      "application/grpc-web-text;q=0.1, application/grpc-web-text+proto;q=0.9, application/grpc-web;q=0.5",
      "grpc-web-text",
    ],
  ])("follows %j", (accept, expected) => {
    for (const wire of wires) expect(chooseReplyWire(accept, wire)).toBe(expected)
  })
})

describe.each([
  ...[",", "a,", ";", "; ", ";q=", "; \t", "*/*,", "+", "application/grpc+", "application/grpc+a"],
  ...["application/grpc-web;q=1 ;", "application/grpc-web+proto;q=0.1,"],
])("a long field of %j", (piece) => {
  it("costs steps in proportion to its length", () => {
    const field = (length: number): string => piece.repeat(length / piece.length)
    const read = (text: string): unknown => [
      chooseReplyWire(text, "grpc-web-text"),
      chooseReplyWire(`${text},application/grpc-web-text;q=1`, "grpc-web"),
      parseContentType(`application/grpc${text}`),
    ]
    expect(whyNotLinear(read, field)).toBeNull()
  })

  it("decides nothing if it is longer than any client's Accept", () => {
    expect(chooseReplyWire(piece.repeat(200_000), "grpc-web-text")).toBe("grpc-web-text")
  })
})
