import { join } from "node:path"
import { expect, it } from "vitest"
import { checkImports } from "./imports.ts"

it("reports exactly the imports in a forbidden direction and the cycles, those of types too", () => {
  const bridge = "packages/bridge/src"
  expect(checkImports(join(import.meta.dirname, "../fixtures/imports"))).toEqual([
    `${bridge}/core/call.ts must not import ${bridge}/downstream/serve.ts`,
    `${bridge}/downstream/other.ts must not import pino`,
    `${bridge}/downstream/serve.ts must not import ${bridge}/stages/recover.ts`,
    "packages/client/src/transport.ts must not import @causeway/bridge",
    "packages/protocol/src/frame.ts must not import node:fs",
    `import cycle: ${bridge}/stages/recover.ts → ${bridge}/stages/reply.ts → ${bridge}/stages/recover.ts`,
    `import cycle: ${bridge}/downstream/serve.ts → ${bridge}/downstream/other.ts → ${bridge}/downstream/serve.ts`,
  ])
})
