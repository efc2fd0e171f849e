import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { decodeCursor, encodeCursor } from "./audit-cursor.ts"

describe("cursors", () => {
  it("are read back as what they were made of", () => {
    const place = fc.record({
      logId: fc.stringMatching(/^[0-9a-f]{8}$/),
      sequence: fc.nat({ max: 999_999_999_999_999 }),
    })
    fc.assert(
      fc.property(place, (given) => {
        expect(decodeCursor(encodeCursor(given))).toEqual(given)
      }),
    )
  })

  it("are refused when they are anything else, without throwing", () => {
    fc.assert(fc.property(fc.string(), (text) => decodeCursor(text) === null))
    for (const text of ["a1:007", "a1:", ":5", "a1:-1", "a1:5 ", "a1:1e3", "a1:99999999999999999999"]) {
      expect(decodeCursor(Buffer.from(text).toString("base64url"))).toBeNull()
    }
  })
})
