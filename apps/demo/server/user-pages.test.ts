import { UserOrder } from "@causeway/proto/api/v1/user_pb"
import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { decodePageToken, encodePageToken, filterWords, type PageEnd } from "./user-pages.ts"

const query = fc.record({
  words: fc.array(fc.string()),
  order: fc.constantFrom(...Object.values(UserOrder)),
})
const end: fc.Arbitrary<PageEnd> = fc.record({
  key: fc.oneof(fc.string(), fc.maxSafeInteger()),
  id: fc.string(),
})

describe("page tokens", () => {
  it("are read back as what they were made of", () => {
    fc.assert(
      fc.property(query, end, (of, given) => {
        expect(decodePageToken(of, encodePageToken(of, given))).toEqual(given)
      }),
    )
  })

  it("hold for the query they were made for only", () => {
    fc.assert(
      fc.property(query, query, end, (of, other, given) => {
        fc.pre(JSON.stringify(of) !== JSON.stringify(other))
        expect(decodePageToken(other, encodePageToken(of, given))).toBeNull()
      }),
    )
  })

  it("are refused with any one character changed", () => {
    const of = { words: ["a"], order: UserOrder.EMAIL }
    const token = encodePageToken(of, { key: "a@b.example", id: "usr_1" })
    for (let at = 0; at < token.length; at++) {
      const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`
      expect(decodePageToken(of, changed)).toBeNull()
    }
  })

  it("are refused when they are anything else, without throwing", () => {
    const of = { words: [], order: UserOrder.UNSPECIFIED }
    const encodedJson = fc.json().map((text) => Buffer.from(text).toString("base64url"))
    fc.assert(
      fc.property(fc.oneof(fc.string(), encodedJson), (token) => {
        expect(decodePageToken(of, token)).toBeNull()
      }),
    )
  })
})

describe("filterWords", () => {
  it("gives the folded words, none for white space", () => {
    expect(filterWords("  Zoë\t PLATFORM ")).toEqual(["zoe", "platform"])
    expect(filterWords(" \n ")).toEqual([])
  })
})
