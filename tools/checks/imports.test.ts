import { join } from "node:path"
import { expect, it } from "vitest"
import { checkImports } from "./imports.ts"

it("names each import that goes the wrong way, and each cycle, and nothing else", () => {
  const bridge = "packages/bridge/src"
  expect(checkImports(join(import.meta.dirname, "../fixtures/imports"))).toEqual([
    `${bridge}/core/call.ts must not import ${bridge}/downstream/serve.ts`,
    `${bridge}/downstream/other.ts must not import pino`,
    `${bridge}/downstream/serve.ts must not import ${bridge}/stages/recover.ts`,
    "packages/client/src/transport.ts must not import @causeway/bridge",
    "packages/protocol/src/frame.ts must not import node:fs",
    `import cycle: ${bridge}/downstream/other.ts → ${bridge}/downstream/serve.ts → ${bridge}/downstream/other.ts`,
  ])
})
