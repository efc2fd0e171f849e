import { describe, expect, it } from "vitest"
import { notBase64, replyViolation, requestStall, requestViolation, truncatedRequest } from "./violations.ts"

const tooLarge = { kind: "too-large", flags: 0, declaredBytes: 101, maxBytes: 100 } as const

describe("a request that breaks the framing", () => {
  it.each([
    [tooLarge, "request-too-large", /101 bytes.* 100 \(--max-request-message-bytes, or the limits of its route\)/],
    [{ kind: "bad-flags", flags: 7 } as const, "bad-frame", /flags 7, expected 0 or 1.*gRPC-Web/],
    [
      { kind: "unexpected-compression", flags: 1 } as const,
      "unexpected-compression",
      /compressed.*no grpc-encoding field/,
    ],
  ])("%o has the reason %s, with what was received and expected", (violation, reason, words) => {
    expect(requestViolation(violation)).toMatchObject({ reason, message: expect.stringMatching(words) })
  })

  it("that is no base64, or ends inside a message, has a reason of its own", () => {
    expect(notBase64()).toMatchObject({ reason: "bad-base64", message: expect.stringContaining("not base64") })
    const message = expect.stringContaining("ends inside a message")
    expect(truncatedRequest()).toMatchObject({ reason: "truncated-request", message })
  })
})

describe("a reply that breaks the framing", () => {
  it("is the backend's fault: too large, or with flags that gRPC does not know", () => {
    expect(replyViolation(tooLarge)).toMatchObject({
      reason: "reply-too-large",
      message: expect.stringMatching(/101 bytes.* 100 \(--max-reply-message-bytes, or the limits of its route\)/),
    })
    for (const kind of ["bad-flags", "unexpected-compression"] as const) {
      const message = expect.stringContaining("flags 3")
      expect(replyViolation({ kind, flags: 3 })).toMatchObject({ reason: "backend-bad-frame", message })
    }
  })
})

describe("a request that waited too long", () => {
  it.each([
    [true, false, "slow-backend", /backend did not read/],
    [true, true, "slow-backend", /backend did not read/],
    [false, true, "backend-busy", /No stream .* became free.*try again/],
    [false, false, "slow-upload", /--stall-timeout.*every 8 KB/],
  ])("(blocked: %s, held back: %s) ends as %s", (isBlocked, isHeldBack, reason, words) => {
    expect(requestStall(isBlocked, isHeldBack)).toMatchObject({ reason, message: expect.stringMatching(words) })
  })
})
