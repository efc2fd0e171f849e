import { describe, expect, it } from "vitest"
import * as Code from "./code.ts"
import { codeFromHttpStatus, codeName, parseStatusCode } from "./status.ts"

describe("codeName", () => {
  it("uses gRPC's names for the codes", () => {
    const spellings = Object.entries(Code).map(([name, code]) => {
      const words = name.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
      return [codeName(code), words === "CANCELED" ? "CANCELLED" : words]
    })
    expect(spellings).toHaveLength(17)
    for (const [spelled, expected] of spellings) expect(spelled).toBe(expected)
  })

  it("shows the number of a code without a name", () => {
    expect(codeName(17)).toBe("CODE_17")
    expect(codeName(99)).toBe("CODE_99")
    expect(codeName(-1)).toBe("CODE_-1")
  })
})

describe("parseStatusCode", () => {
  it.each([
    ["0", 0],
    ["16", 16],
    ["103", 103],
    ["00", 0],
    ["2147483647", 2147483647],
  ])("reads %j", (text, code) => {
    expect(parseStatusCode(text)).toBe(code)
  })

  it.each([
    "",
    "abc",
    "-1",
    "+1",
    " 1",
    "1 ",
    "1\n",
    "1.0",
    "0x1",
    "1e1",
    "2147483648",
    "9999999999",
    "10000000000",
    "٣",
  ])("refuses %j", (text) => {
    expect(parseStatusCode(text)).toBeNull()
  })
})

describe("codeFromHttpStatus", () => {
  it.each([
    [400, Code.Internal],
    [401, Code.Unauthenticated],
    [403, Code.PermissionDenied],
    [404, Code.Unimplemented],
    [429, Code.Unavailable],
    [502, Code.Unavailable],
    [503, Code.Unavailable],
    [504, Code.Unavailable],
    [200, Code.Unknown],
    [204, Code.Unknown],
    [408, Code.Unknown],
    [415, Code.Unknown],
    [500, Code.Unknown],
  ])("maps %i", (status, code) => {
    expect(codeFromHttpStatus(status)).toBe(code)
  })

  it("maps 431 to UNKNOWN, as clients and the conformance suite expect, although gRPC's own table says INTERNAL", () => {
    expect(codeFromHttpStatus(431)).toBe(Code.Unknown)
  })
})
