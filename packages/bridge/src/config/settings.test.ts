import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { settingsDocument } from "../../tools/settings-document.ts"

it("docs/settings.md is what its script writes: run node packages/bridge/tools/write-settings.ts", () => {
  const committed = readFileSync(new URL("../../../../docs/settings.md", import.meta.url), "utf8")
  expect(committed).toBe(settingsDocument())
})
