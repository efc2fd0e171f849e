import { expect, it } from "vitest"
import { parseConfig } from "./config/check.ts"
import type { ConfigInput } from "./config/schema.ts"
import { warnAtStart } from "./start-warnings.ts"

function warningsOf(input: Partial<ConfigInput>): string[] {
  const config = parseConfig({ upstream: "http://127.0.0.1:1", corsOrigins: ["https://app.example"], ...input })
  const warnings: string[] = []
  const log = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message), error() {} }
  warnAtStart(log, config, { maxConnections: config.maxConnections, validityProblem: null })
  return warnings
}

it("a start with usual settings has no warning", () => {
  expect(
    warningsOf({ trustedProxies: ["loopback"], passHeaders: ["x-forwarded-*", "x-envoy-*", "accept-*", "via"] }),
  ).toEqual([])
})

it.each<[Partial<ConfigInput>, string]>([
  [{ corsOrigins: [] }, "only pages on localhost may call"],
  [{ corsOrigins: ["https://*.github.io"] }, "anyone can create a site"],
  [{ trustedProxies: ["none", "loopback"] }, "none has no effect"],
  [{ trustedProxies: ["0.0.0.0/1", "128.0.0.0/1"] }, "trust every IPv4 address"],
  [{ passHeaders: ["x-*"] }, "--pass-header x-* passes x-forwarded, x-forwarded-*, x-forward-* and"],
  [{ passHeaders: ["X-Am*"] }, "passes x-amzn-mtls-*, x-amzn-tls-*, x-amzn-vpc* and 1 more, which backends trust"],
])("a start with %j warns", (input, words) => {
  expect(warningsOf(input)).toEqual([expect.stringContaining(words)])
})
