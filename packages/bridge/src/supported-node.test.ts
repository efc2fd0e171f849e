import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { isSupportedNode } from "./supported-node.ts"

it.each(["24.17.0", "24.21.0", "26.2.0", "26.10.0", "27.0.0"])("takes Node %s", (version) => {
  expect(isSupportedNode(version)).toBe(true)
})

it.each(["20.20.2", "22.23.0", "23.11.0", "24.16.0", "25.9.0", "26.1.0"])("refuses Node %s", (version) => {
  expect(isSupportedNode(version)).toBe(false)
})

it("agrees with the package's engines", () => {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8")
  const { engines } = JSON.parse(text) as { engines: { node: string } }
  expect(engines.node).toBe("^24.17.0 || >=26.2.0")
})
