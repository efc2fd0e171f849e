import { expect, it } from "vitest"
import { parseConfig } from "./config/check.ts"
import type { ConfigInput } from "./config/schema.ts"
import { configWarnings } from "./config-warnings.ts"

function warningsOf(input: Partial<ConfigInput>): readonly string[] {
  return configWarnings(parseConfig({ upstream: "http://127.0.0.1:1", corsOrigins: ["https://app.example"], ...input }))
}

it("usual settings have no warning", () => {
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
])("%j has a warning", (input, words) => {
  expect(warningsOf(input)).toEqual([expect.stringContaining(words)])
})
