import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BridgeError } from "../core/errors.ts"
import { fieldOf, hasStatus, readMetadata, readStatus } from "./reply-fields.ts"

describe("readMetadata", () => {
  it("keeps order and duplicates, and drops fields that are not the application's (C17)", () => {
    const fields = [
      ":status",
      "200",
      "x",
      "1",
      "content-type",
      "a",
      "x",
      "2",
      "date",
      "d",
      "grpc-status",
      "0",
      "y-bin",
      "AQ",
    ]
    expect([...readMetadata(fields)].flat()).toEqual(["x", "1", "x", "2", "y-bin", "AQ"])
  })

  const actsOnTheBrowser = [
    ...["clear-site-data", "strict-transport-security", "alt-svc", "refresh", "location", "link", "nel", "report-to"],
    ...["reporting-endpoints", "www-authenticate", "proxy-authenticate", "vary", "cache-control", "pragma", "expires"],
    ...["etag", "last-modified", "x-content-type-options", "x-accel-buffering", "timing-allow-origin", "sourcemap"],
    ...["permissions-policy", "feature-policy", "document-policy", "referrer-policy", "x-frame-options", "expect-ct"],
    ...["x-xss-protection", "x-dns-prefetch-control", "origin-agent-cluster", "origin-trial", "service-worker-allowed"],
    ...["x-sourcemap", "accept-ch", "critical-ch", "no-vary-search", "speculation-rules", "public-key-pins"],
    ...["supports-loading-mode", "set-login", "observe-browsing-topics", "use-as-dictionary", "integrity-policy"],
    ...["attribution-reporting-register-source", "activate-storage-access", "secure-session-registration"],
    ...["sec-session-challenge", "require-document-policy"],
    ...["content-security-policy", "content-disposition", "content-encoding", "content-length", "content-location"],
    ...["access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"],
    ...["cross-origin-resource-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy"],
  ]
  const ordersToProxies = [
    ...["x-accel-redirect", "x-accel-expires", "x-accel-limit-rate", "x-accel-charset", "x-sendfile"],
    ...["x-lighttpd-send-file", "x-litespeed-location", "x-envoy-immediate-health-check-fail", "x-envoy-overloaded"],
    ...["surrogate-control", "surrogate-key", "cdn-cache-control", "edge-control"],
  ]
  const ofTheHop = [
    ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings", "te"],
    ...["trailer", "date", "server", "age", "via", "grpc-status", "grpc-message", "x-causeway-reason", ":status"],
  ]

  it.each([...actsOnTheBrowser, ...ordersToProxies, ...ofTheHop])("passes no %s of a backend to a page", (name) => {
    expect([...readMetadata(["x", "1", name, "v", "y", "2"])].flat()).toEqual(["x", "1", "y", "2"])
  })

  it.each(["a\rb", "a\nb", "a\0b"])("refuses a value that could forge a line: %j", (value) => {
    const read = (): unknown => readMetadata(["x-bad", value])
    expect(read).toThrow(BridgeError)
    expect(read).toThrow(/x-bad/)
    expect(read).not.toThrow(new RegExp(value))
  })

  it("passes other bytes unchanged", () => {
    expect(readMetadata(["x", "caf\u00e9 \u007f\u0001"]).get("x")).toBe("caf\u00e9 \u007f\u0001")
  })
})

describe("readStatus", () => {
  it("reads code, message and the rest", () => {
    const status = readStatus(["grpc-status", "5", "x", "1", "grpc-message", "100% gone"])
    expect(status).toMatchObject({ code: 5, message: "100%25 gone", error: null })
    expect([...status.metadata].flat()).toEqual(["x", "1"])
  })

  it("takes blanks around the code (C15)", () => {
    expect(readStatus(["grpc-status", " 0\t"])).toMatchObject({ code: 0, error: null })
  })

  it("is a success only if exactly one readable 0 says so", () => {
    const value = fc.oneof(fc.string(), fc.constantFrom("0", "00", "0 ", "+0", "-0", "0.0", "0x0", "", "O", "٠"))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), (values) => {
        const status = readStatus(values.flatMap((one) => ["grpc-status", one]))
        const isSuccess = values.length === 1 && /^[ \t]*0+[ \t]*$/.test(values[0])
        if (status.code === 0) expect(isSuccess).toBe(true)
        if (values.length !== 1) expect(status).toMatchObject({ code: 2, error: { code: 2 } })
      }),
    )
  })

  it("keeps the trailing metadata of an unreadable status", () => {
    const status = readStatus(["x", "1", "grpc-status", "abc"])
    expect(status).toMatchObject({ code: 2, error: { reason: "bad-status" } })
    expect(status.metadata.get("x")).toBe("1")
  })
})

describe("fieldOf and hasStatus", () => {
  it("look at names only", () => {
    expect(fieldOf(["a", "grpc-status", "grpc-status", "0"], "grpc-status")).toBe("0")
    expect(hasStatus(["a", "grpc-status"])).toBe(false)
    expect(fieldOf([], "a")).toBeNull()
  })
})
