import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { propertyRuns } from "../../test/support/fuzz-runs.ts"
import { loadConfig } from "../config/load.ts"
import { explainRefusedOrigin } from "./explain-origin.ts"
import { CorsPolicy } from "./cors.ts"
import { localOrigins, originPatternProblem, originPatternWarning } from "./origin-patterns.ts"

describe("originPatternProblem", () => {
  it.each([
    ...[
      "https://app.example",
      "http://localhost:3000",
      "http://localhost:*",
      "https://*.app.example",
      "http://[::1]:8080",
    ],
    ...[
      "*",
      "null",
      "https://*.app.example:*",
      "https://*-team.vercel.app",
      "https://pr-*.app.example",
      "http://*.localhost",
    ],
    ...["capacitor://localhost", "ionic://localhost", "tauri://localhost", "app://obsidian.md", "app://.", "file://"],
    ...["chrome-extension://abcdefghijklmnop", "moz-extension://*", "vscode-webview://1a2b3c", "app://x:8080"],
    ...["safari-web-extension://E5B0E3A7-11", "http://intranet", "http://a_b.example"],
  ])("accepts %s", (pattern) => expect(originPatternProblem(pattern)).toBeNull())

  it.each([
    ...["app.example", "https://app.example/", "https://app.example/x", "https://*", "https://a.*.example", "https://"],
    ...["https://app.example:", "https://app.example:123456", "https://u@app.example", "", "https://App.example"],
    ...["https://a*b*.app.example", "https://*.*.example", "https://app.ex*mple", "http*://a.example", "*://a.example"],
    ...["capacitor://localhost/", "chrome-extension://*x", "javascript:alert(1)", "data:text/html", "://a", "1x://a"],
    ...["https://app.example,https://b.example", "https://app.example b", "app://a;b", "https://app..example"],
  ])("explains the problem with %j", (pattern) =>
    expect(originPatternProblem(pattern)).toContain(`"${pattern}" is not an origin`),
  )

  it.each(["https://*.com", "https://*.com.", "https://*-x.com", "http://*.com:8080", "https://*.[::1]"])(
    "refuses %s, under which anyone can have a site",
    (pattern) => expect(originPatternProblem(pattern)).toContain("allows every site under"),
  )

  it("shows the lower-case spelling of browsers for an origin in upper case", () => {
    expect(originPatternProblem("https://App.example")).toContain("browsers write https://app.example")
    expect(originPatternProblem("https://App.example:8443/index.html")).toMatch(
      /browsers write https:..app.example:8443$/,
    )
    expect(originPatternProblem("https://app.example/")).toMatch(/browsers write https:..app.example$/)
    expect(originPatternProblem("app.example")).toMatch(/did you mean https:..app.example\?$/)
    for (const open of ["*.com", "HTTPS://*.com"]) expect(originPatternProblem(open)).toMatch(/capacitor:..localhost$/)
    expect(originPatternProblem("*.app.example")).toMatch(/did you mean https:..\*\.app\.example\?$/)
  })

  it("shows the ASCII spelling of browsers for a name with other letters", () => {
    const words = (origin: string): string => `browsers write ${origin} (the name in ASCII, punycode)`
    for (const pattern of ["https://münchen.de", "https://München.DE/", "münchen.de"])
      expect(originPatternProblem(pattern)).toContain(words("https://xn--mnchen-3ya.de"))
    expect(originPatternProblem("http://*.münchen.de:8080")).toContain(words("http://*.xn--mnchen-3ya.de:8080"))
    expect(originPatternProblem("https://bücher.example:*")).toContain(words("https://xn--bcher-kva.example:*"))
    expect(originPatternProblem("https://*.рф")).toMatch(/capacitor:..localhost$/)
  })

  it("advises only origins that are valid themselves, whatever was given", () => {
    const piece = fc.constantFrom(
      "https",
      "HTTP",
      "://",
      "/",
      "*",
      ".",
      "-",
      "a",
      "ü",
      "。",
      "com",
      ":",
      "80",
      "[",
      "@",
    )
    const patterns = fc.oneof(
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join("")),
      fc.string(),
    )
    fc.assert(
      fc.property(patterns, (pattern) => {
        const problem = originPatternProblem(pattern)?.slice(pattern.length) ?? ""
        const [, advised] = /; (?:browsers write|did you mean) (\S+?)\??(?: \(.*)?$/.exec(problem) ?? []
        if (advised !== undefined) expect(originPatternProblem(advised)).toBeNull()
      }),
      propertyRuns,
    )
  })
})

describe("originPatternWarning", () => {
  it("warns of patterns under a domain where anyone can have a site", () => {
    for (const pattern of ["https://*-team.vercel.app", "https://*.github.io", "https://*.co.uk"])
      expect(originPatternWarning(pattern)).toContain(`--cors-origin ${pattern}: anyone can create a site`)
    for (const pattern of [
      "https://*.app.example",
      "https://mine.vercel.app",
      "https://*.mine.vercel.app",
      "*",
      "app://*",
    ])
      expect(originPatternWarning(pattern), pattern).toBeNull()
  })
})

describe("the origins that may call by default", () => {
  const policy = new CorsPolicy(localOrigins, false)

  it.each([
    ...[
      "http://localhost",
      "http://localhost:5173",
      "https://localhost",
      "https://localhost:8443",
      "http://127.0.0.1:80",
    ],
    ...["http://[::1]", "https://[::1]:3000", "http://app.localhost:5173", "https://a.b.localhost"],
  ])("include %s", (origin) => expect(policy.grant(origin)).not.toBeNull())

  it.each([
    ...[
      "http://localhost.evil.net",
      "http://evil-localhost",
      "http://127.0.0.2",
      "http://[::2]",
      "null",
      "app://localhost",
    ],
    ...["http://xlocalhost:1", "http://localhost:x", "http://.localhost", "http://127.0.0.1.evil.net"],
  ])("do not include %s", (origin) => expect(policy.grant(origin)).toBeNull())
})

describe("the message to a page whose origin is refused", () => {
  const advised = (words: string): string | undefined =>
    / start it with --cors-origin (.+?)(?:\. It is .*)?$/.exec(words)?.[1]

  /** The result of a start with this flag. */
  const start = (origin: string) => loadConfig(["--upstream", "http://a:1", "--cors-origin", origin], {})

  it.each([
    ...[
      "https://app.example",
      "http://app.example:8080",
      "capacitor://localhost",
      "ionic://localhost",
      "tauri://localhost",
    ],
    ...[
      "app://obsidian.md",
      "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
      "http://[2001:db8::1]:8080",
      "file://",
    ],
    ...[
      "moz-extension://0a1b2c3d-0000-4000-8000-000000000000",
      "vscode-webview://0a1b2c",
      "http://10.0.0.1",
      "app://.",
    ],
    ...["safari-web-extension://0A1B2C3D-0000-4000-8000-000000000000", "https://xn--bcher-kva.example"],
  ])("advises the flag that allows %s", (origin) => {
    expect(advised(explainRefusedOrigin(origin, null))).toBe(origin)
    const loaded = start(origin)
    if (loaded.kind !== "config") throw new Error("refused")
    expect(new CorsPolicy(loaded.config.corsOrigins, false).grant(origin)).not.toBeNull()
  })

  it("never advises a flag that start-up refuses, or that allows more than this origin, whatever the origin is", () => {
    const piece = fc.constantFrom(
      "https",
      "app",
      "://",
      "*",
      ".",
      "-",
      "a",
      "B",
      "9",
      ":",
      "80",
      "[",
      "::1",
      "]",
      ",",
      " ",
      "/",
      "null",
      "$(x)",
    )
    const origins = fc.oneof(
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join("")),
      fc.webUrl(),
      fc.string(),
    )
    fc.assert(
      fc.property(origins, (origin) => {
        const flag = advised(explainRefusedOrigin(origin, null))
        if (flag === undefined) return
        expect(flag).toBe(origin)
        const loaded = start(flag)
        expect(loaded).toMatchObject({ kind: "config", config: { corsOrigins: [origin] } })
        expect(origin).not.toContain("*")
        expect(new CorsPolicy([flag], false).grant(origin)).not.toBeNull()
      }),
      { ...propertyRuns, examples: [["https://app.example:443"], ["http://app.example:80"]] },
    )
  })

  it("hints at a proxy when the origin is the address at which the bridge is called", () => {
    for (const host of ["api.example", "API.example", "api.example:443"])
      expect(explainRefusedOrigin("https://api.example", host)).toContain("the bridge's own address too")
    expect(explainRefusedOrigin("https://api.example", "127.0.0.1:8080")).not.toContain("own address")
  })

  it("explains to a page without an origin why it has none, and tells a malformed Origin from a refused one", () => {
    expect(explainRefusedOrigin("null", null)).toContain("has no origin of its own")
    expect(explainRefusedOrigin("https://app.example/", null)).toContain("not of the form scheme://host[:port]")
    expect(explainRefusedOrigin("x".repeat(1_000), null).length).toBeLessThan(500)
  })
})
