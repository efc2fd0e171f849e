import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { anyCodeUnit, propertyRuns } from "../../test/support/fuzz-runs.ts"
import type { HeaderNameOptions } from "./header-names.ts"
import { HeaderNames } from "./header-names.ts"
import type { SortedHead } from "./sort-head.ts"
import { sortHead } from "./sort-head.ts"

const strict: HeaderNameOptions = { passHeaders: [], passCookies: false, hasProxies: false }
const names = new HeaderNames(strict)

function sorted(fields: readonly string[], target = "/a.B/C", authority: string | null = "bridge.test"): SortedHead {
  return sortHead({ method: "POST", target, authority, fields }, names, false)
}

/** The fields that the backend would get, as a flat list. */
function passed(fields: readonly string[]): string[] {
  return [...sorted(fields).metadata].flat()
}

describe("sortHead", () => {
  it("passes an application's metadata with order and duplicates, names in lower case", () => {
    const fields = [
      "X-A",
      "1",
      "authorization",
      "Bearer t",
      "x-b-bin",
      "AAE",
      "x-a",
      "2",
      "X-B-Bin",
      "AgM=",
      "x_y.z",
      "ok",
    ]
    expect(passed(fields)).toEqual([
      ...["x-a", "1", "authorization", "Bearer t", "x-b-bin", "AAE", "x-a", "2", "x-b-bin", "AgM=", "x_y.z", "ok"],
    ])
  })

  it("passes names that are properties of every object", () => {
    const fields = ["__proto__", "1", "constructor", "2", "toString", "3", "hasOwnProperty", "4"]
    expect(passed(fields)).toEqual(["__proto__", "1", "constructor", "2", "tostring", "3", "hasownproperty", "4"])
    expect(sorted(["__proto__", "1"]).slots.origin).toBeUndefined()
  })

  it.each([
    ...[
      "keep-alive",
      "proxy-connection",
      "transfer-encoding",
      "upgrade",
      "http2-settings",
      "te",
      "trailer",
      "content-length",
    ],
    ...["expect", "proxy-authorization", "host", "connection"],
  ])("drops %s, which is for this hop alone", (name) => {
    expect(passed([name, "bridge.test", name.toUpperCase(), "bridge.test", "x-kept", "1"])).toEqual(["x-kept", "1"])
  })

  it.each([
    ...["cookie", "origin", "referer", "accept", "accept-encoding", "accept-language", "x-grpc-web", "priority", "dnt"],
    ...["sec-fetch-mode", "sec-ch-ua", "sec-anything", "access-control-request-method", "cache-control", "pragma"],
  ])("drops %s, which is the browser's and not the application's", (name) => {
    expect(passed([name, "v", "x-kept", "1"])).toEqual(["x-kept", "1"])
  })

  it.each(["grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-internal-x", "grpc-anything"])(
    "drops %s, which is not the client's to say",
    (name) => expect(passed([name, "0"])).toEqual([]),
  )

  it.each(["grpc-accept-encoding", "grpc-trace-bin", "grpc-tags-bin", "grpc-previous-rpc-attempts"])(
    "passes %s, which a client may say",
    (name) => expect(passed([name, "v"])).toEqual([name, "v"]),
  )

  it("drops the fields that Connection lists, in any case, in several fields, even those that would pass", () => {
    const fields = [
      "X-Secret",
      "1",
      "x-kept",
      "2",
      "connection",
      "keep-alive, X-SECRET",
      "Connection",
      " x-other ",
      "x-other",
      "3",
    ]
    expect(passed(fields)).toEqual(["x-kept", "2"])
  })

  it("reads a list in several fields as one (RFC 9110 §5.2): Accept, and the fields that a preflight asks for", () => {
    const { slots } = sorted([
      ...["accept", "text/html", "Accept", "application/grpc-web-text"],
      ...["access-control-request-headers", "x-a", "access-control-request-headers", "x-b"],
    ])
    expect(slots.accept).toBe("text/html,application/grpc-web-text")
    expect(slots["access-control-request-headers"]).toBe("x-a,x-b")
  })

  it("gives the backend the client library's name before the browser's", () => {
    expect(passed(["user-agent", "Browser/1", "x-user-agent", "lib/2"])).toEqual(["user-agent", "lib/2 Browser/1"])
    expect(passed(["user-agent", "Browser/1"])).toEqual(["user-agent", "Browser/1"])
    expect(passed(["x-user-agent", "lib/2"])).toEqual(["user-agent", "lib/2"])
    expect(passed([])).toEqual([])
  })

  it.each([
    ["two Host fields", ["host", "bridge.test", "host", "bridge.test"], "two Host fields"],
    ["a Host that differs from :authority", ["host", "other.test"], "differs from its :authority"],
    ["two content types", ["content-type", "a", "Content-Type", "a"], "two content-type fields"],
    ["two origins", ["origin", "a", "origin", "b"], "two origin fields"],
    ["two timeouts", ["grpc-timeout", "1S", "grpc-timeout", "1S"], "two grpc-timeout fields"],
    ["a name that gRPC does not know", ["x!y", "1"], `"x!y" has characters other than`],
  ])("rejects %s", (_what, fields, words) => expect(sorted(fields).problem).toContain(words))

  it("accepts a Host that equals :authority in another case", () => {
    expect(sorted(["host", "BRIDGE.test"]).problem).toBeNull()
  })

  it("rejects a target that is not a path, and a request that names no host", () => {
    expect(sorted([], "http://evil.example/a.B/C").problem).toContain("not a path")
    expect(sorted([], "*").problem).toContain("not a path")
    expect(sorted([], "/a.B/C", null).problem).toContain("no Host")
    expect(sorted(["host", "bridge.test"], "/a.B/C", null).problem).toBeNull()
  })

  it.each([
    "bridge.test",
    "bridge.test:8080",
    "127.0.0.1:1",
    "[::1]",
    "[::1]:8080",
    "BRIDGE_1.test",
    "a",
    "a:",
    "xn--a.%C3",
  ])("accepts the host %s", (host) => {
    expect(sorted(["host", host], "/a.B/C", null).problem).toBeNull()
    expect(sorted([], "/a.B/C", host).problem).toBeNull()
  })

  it.each([
    ...[
      "",
      "a b@c/d",
      "a/b",
      "user@host",
      "a,b",
      "a:b",
      "a:123456",
      "http://a",
      "[::1",
      "::1",
      "a\\b",
      "a?b",
      "a#b",
      " a",
    ],
    ...["a\tb", "\u00e4", '"a"', "<a>"],
  ])("rejects the host %j, which is not host:port (RFC 9110 §7.2)", (host) => {
    expect(sorted(["host", host], "/a.B/C", null).problem).toContain("not of the form host:port")
    expect(sorted([], "/a.B/C", host).problem).toContain("not of the form host:port")
  })

  it("makes one entry of each binary value that a browser has joined, padded or not (PROTOCOL-HTTP2)", () => {
    expect(passed(["x-a-bin", "AAE=, AgM,\tBAU=", "x-b", "1,2", "grpc-trace-bin", "AA,AQ"])).toEqual([
      ...["x-a-bin", "AAE=", "x-a-bin", "AgM", "x-a-bin", "BAU=", "x-b", "1,2", "grpc-trace-bin", "AA"],
      ...["grpc-trace-bin", "AQ"],
    ])
  })

  it("gives the backend the same binary values in the same order, however they were joined", () => {
    const value = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64"))
    const item = fc.tuple(value, fc.boolean()).map(([text, padded]) => (padded ? text : text.replace(/=+$/, "")))
    fc.assert(
      fc.property(fc.array(fc.array(item, { minLength: 1, maxLength: 5 }), { maxLength: 5 }), (groups) => {
        const given = passed(groups.flatMap((items) => ["x-bin", items.join(", ")]))
        expect(given.filter((_, i) => i % 2 === 1)).toEqual(groups.flat())
      }),
      propertyRuns,
    )
  })

  it("counts each binary value as a field, so that commas do not multiply the size at the backend", () => {
    const { bytes } = sorted(["x-a-bin", ",".repeat(10_000)])
    expect(bytes).toBe("/a.B/C".length + 10_000 + 10_001 * ("x-a-bin".length + 32))
  })

  it("passes no cookie and no user agent that Connection lists", () => {
    const open = new HeaderNames({ passHeaders: [], passCookies: true, hasProxies: false })
    const fields = ["host", "a", "cookie", "a=1", "user-agent", "b", "x-c", "1", "connection", "Cookie, user-agent"]
    const head = { method: "POST", target: "/a.B/C", authority: null, fields }
    expect([...sortHead(head, open, false).metadata]).toEqual([["x-c", "1"]])
  })

  it("joins the pieces of a cookie, which HTTP/2 splits, if cookies pass", () => {
    const open = new HeaderNames({ ...strict, passCookies: true })
    const head = {
      method: "POST",
      target: "/a.B/C",
      authority: "bridge.test",
      fields: ["cookie", "a=1", "Cookie", "b=2"],
    }
    expect([...sortHead(head, open, false).metadata]).toEqual([["cookie", "a=1; b=2"]])
    expect([...sortHead(head, names, false).metadata]).toEqual([])
  })

  it("counts 32 bytes for each field beyond its name and value, dropped ones too (RFC 9113 §6.5.2)", () => {
    expect(sorted(["x-a", "12", "cookie", "c"]).bytes).toBe("/a.B/C".length + 3 + 2 + 32 + 6 + 1 + 32)
  })

  it("passes only legal names, whatever it is given", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: anyCodeUnit }), { maxLength: 20 }), (names) => {
        const given = passed(names.flatMap((name) => [name, "v"]))
        expect(given.filter((name, i) => i % 2 === 0 && !/^(?!sec-|grpc-)[0-9a-z_.-]+$/.test(name))).toEqual([])
      }),
      propertyRuns,
    )
  })

  it("treats a name the same way, however many others came before it", () => {
    for (let i = 0; i < 3_000; i++) sorted([`x-stranger-${i}`, "v"])
    expect(passed(["Cookie", "c", "X-Kept-After", "1"])).toEqual(["x-kept-after", "1"])
  })
})
