import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { fieldsDocument } from "../../tools/fields-document.ts"

it("docs/fields.md is the output of its script: run node packages/bridge/tools/write-fields.ts", () => {
  const committed = readFileSync(new URL("../../../../docs/fields.md", import.meta.url), "utf8")
  expect(committed).toBe(fieldsDocument())
})
