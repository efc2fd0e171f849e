import { afterAll, beforeAll, describe, it } from "vitest"
import { runCase } from "./run-case.ts"
import type { Lab } from "./scene.ts"
import { startLab } from "./scene.ts"
import { bridgeTarget } from "./targets/bridge.ts"
import { variantsOf } from "./variant.ts"
import type { WireCase } from "./wire-case.ts"
import { titleOf } from "./wire-case.ts"

/** Makes a test of each case in each of its variants, against the bridge. */
export function testCases(theme: string, cases: readonly WireCase[]): void {
  describe(theme, () => {
    let lab: Lab
    beforeAll(async () => {
      lab = await startLab(await bridgeTarget())
    })
    afterAll(() => lab.close())
    for (const wireCase of cases) {
      for (const variant of variantsOf(wireCase.span)) {
        it(titleOf(wireCase, variant), async () => {
          const { error, seen } = await runCase(lab, wireCase, variant)
          if (error === null) return
          error.message += `\nseen: ${seen}`
          throw error
        })
      }
    }
  })
}
