import { Code } from "@connectrpc/connect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { networkError } from "./network-error.ts"

const failed = new TypeError("Failed to fetch")

function from(page: string | undefined, url: string, isOnLine = true) {
  vi.stubGlobal("location", page === undefined ? undefined : new URL(page))
  vi.stubGlobal("navigator", { onLine: isOnLine })
  return networkError(url, failed)
}

describe("a request without an answer says what is likely", () => {
  afterEach(() => void vi.unstubAllGlobals())

  it("to another origin: the bridge is down, or refuses the page's origin, and the flag that allows it", () => {
    const error = from("http://localhost:5173/users", "http://127.0.0.1:8080/api.v1.UserService/GetUser")
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network", cause: failed })
    expect(error.message).toContain("no answer from http://127.0.0.1:8080 (Failed to fetch)")
    expect(error.message).toContain("the bridge is down")
    expect(error.message).toContain("--cors-origin http://localhost:5173")
  })

  it("to the page's own origin: it does not mention CORS", () => {
    const error = from("https://app.test/", "/api.v1.UserService/GetUser")
    expect(error.message).toContain("https://app.test")
    expect(error.message).not.toContain("CORS")
  })

  it("from an https page to an http bridge: mixed content, and to serve the bridge over TLS", () => {
    expect(from("https://app.test/", "http://api.test/x").message).toContain("mixed content")
  })

  it.each(["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080", "http://api.localhost:8080"])(
    "from an https page to %s, which browsers allow: not mixed content",
    (origin) => {
      expect(from("https://app.test/", `${origin}/x`).message).not.toContain("mixed content")
    },
  )

  it("in an offline browser: the browser is offline", () => {
    expect(from("https://app.test/", "https://api.test/x", false).message).toContain("offline")
  })

  it("outside a page: the system's error", () => {
    vi.stubGlobal("location", undefined)
    const cause = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") })
    const error = networkError("http://127.0.0.1:1/x", cause)
    expect(error.message).toContain("fetch failed: connect ECONNREFUSED 127.0.0.1:1")
  })

  it("for a path outside a page: baseUrl must be absolute", () => {
    const error = from(undefined, "/api.v1.UserService/GetUser")
    expect(error).toMatchObject({ code: Code.InvalidArgument, source: "client" })
    expect(error.message).toContain("baseUrl must be absolute")
  })

  it.each([ReferenceError, RangeError, SyntaxError])("from a custom fetch with a bug: its %o", (Mistake) => {
    const cause = new Mistake("mine")
    const error = networkError("https://api.test/x", cause)
    expect(error).toMatchObject({ code: Code.Unknown, source: "client", cause })
    expect(error.message).toContain("fetch threw: mine")
  })

  it.each([
    ["TimeoutError", Code.DeadlineExceeded],
    ["AbortError", Code.Canceled],
  ])("from a custom fetch that gave up with a %s: that error", (name, code) => {
    const cause = new DOMException("gave up", name)
    expect(networkError("https://api.test/x", cause)).toMatchObject({ code, source: "client", cause })
  })
})
