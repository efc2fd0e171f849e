import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { configDocument } from "../../tools/config-document.ts"
import { settingsDocument } from "../../tools/settings-document.ts"

it.each([
  ["settings.md", "write-settings.ts", settingsDocument],
  ["configuration.md", "write-config.ts", configDocument],
])("docs/%s is what its script writes: run node packages/bridge/tools/%s", (file, _script, write) => {
  const committed = readFileSync(new URL(`../../../../docs/${file}`, import.meta.url), "utf8")
  expect(committed).toBe(write())
})
