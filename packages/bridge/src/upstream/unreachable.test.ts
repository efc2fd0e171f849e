import { describe, expect, it } from "vitest"
import { failedConnection, unreachable } from "./unreachable.ts"

const endpoint = "http://10.1.2.3:50051"

describe("unreachable", () => {
  it.each([
    ["ECONNREFUSED", "is it running?"],
    ["ENOTFOUND", "does not resolve"],
    ["ETIMEDOUT", "does not answer"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "--upstream-ca"],
    ["CERT_HAS_EXPIRED", "expired"],
    ["INVALID_PURPOSE", "not meant for servers"],
    ["EWHATEVER", "EWHATEVER"],
  ])("names the reason, and keeps the address for the log: %s", (code, words) => {
    const cause = Object.assign(new Error(`connect ${code} 10.1.2.3:50051`), { code })
    const error = unreachable(endpoint, cause)
    expect(error).toMatchObject({ reason: "backend-unreachable", code: 14 })
    expect(error.message).toContain(words)
    expect(error.message).toContain(code)
    expect(error.message).not.toContain("10.1.2.3")
    expect((error.cause as Error).message).toContain("10.1.2.3")
  })

  it("keeps the names of a certificate for the log", () => {
    const message = "it is for secret.test, expected users.test"
    const cause = Object.assign(new Error(message), { code: "ERR_TLS_CERT_ALTNAME_INVALID" })
    expect(unreachable(endpoint, cause).message).not.toContain("secret.test")
    expect(failedConnection(endpoint, cause, null).why).toContain(message)
  })

  it("passes on the bridge's own explanation", () => {
    expect(unreachable(endpoint, new Error("no HTTP/2 connection within 5 ms")).message).toContain("within 5 ms")
  })
})
