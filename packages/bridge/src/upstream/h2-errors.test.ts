import { describe, expect, it } from "vitest"
import type { Lost } from "../core/upstream-stream.ts"
import { errorOf, h2ErrorName } from "./h2-errors.ts"

const reset = (code: number): Lost => ({ kind: "reset", code, wasProcessed: "maybe", cause: null })

describe("errorOf", () => {
  it.each([
    [0, 13],
    [1, 13],
    [2, 13],
    [3, 13],
    [4, 13],
    [5, 13],
    [6, 13],
    [8, 1],
    [9, 13],
    [10, 13],
    [11, 8],
    [12, 7],
    [13, 7],
    [14, 13],
    [0xffffffff, 13],
  ])("translates HTTP/2 error code %i to gRPC status %i", (code, status) => {
    const error = errorOf(reset(code), false)
    expect(error).toMatchObject({ reason: "backend-reset", code: status })
    expect(error.message).toContain(h2ErrorName(code))
  })

  it("takes CANCEL for the deadline only if the deadline has passed or is about to (C43)", () => {
    expect(errorOf(reset(8), true)).toMatchObject({ reason: "deadline-exceeded", code: 4 })
    expect(errorOf(reset(2), true)).toMatchObject({ reason: "backend-reset", code: 13 })
    expect(errorOf({ ...reset(0), kind: "connection" }, true)).toMatchObject({ reason: "backend-lost", code: 14 })
  })

  it("is UNAVAILABLE for a lost connection, whatever code Node gives it (C36)", () => {
    for (const code of [0, 8]) {
      expect(errorOf({ ...reset(code), kind: "connection" }, false)).toMatchObject({ reason: "backend-lost", code: 14 })
    }
  })

  it("names the code of a GOAWAY", () => {
    const error = errorOf({ ...reset(11), kind: "goaway" }, false)
    expect(error).toMatchObject({ reason: "backend-lost", code: 14 })
    expect(error.message).toContain("ENHANCE_YOUR_CALM")
  })

  it("says of a call that was not processed that it is safe to repeat", () => {
    const error = errorOf({ kind: "reset", code: 7, wasProcessed: "no", cause: null }, false)
    expect(error).toMatchObject({ reason: "backend-refused", code: 14 })
  })

  it("keeps the cause for the log", () => {
    const cause = new Error("ECONNRESET")
    expect(errorOf({ ...reset(0), kind: "connection", cause }, false).cause).toBe(cause)
  })
})
