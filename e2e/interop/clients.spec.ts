import { expect } from "@playwright/test"
import { clientNames } from "./clients/names.ts"
import type { ClientName } from "./clients/names.ts"
import { test } from "./clients-test.ts"
import { clientLimits } from "./limits.ts"
import { webCases } from "./web-cases.ts"

// Traces are off, because a cell makes only a call or two and traces would cost more than all calls. The recorded
// observations explain a failure.
test.use({ trace: "off", screenshot: "off" })

/** These clients run on every wire of every browser in each run; the others run with `npm run interop`. */
const ours: readonly ClientName[] = ["causeway", "causeway text"]

for (const client of clientNames) {
  test.describe(client, { tag: ours.includes(client) ? [] : "@any-wire" }, () => {
    for (const { name, expected, run } of webCases) {
      const limit = clientLimits[client]?.find(({ cases }) => cases.includes(name))
      const details = limit === undefined ? {} : { annotation: { type: "limit", description: limit.reason } }
      test(name, details, async ({ sceneOf }) => {
        const observed = await run(await sceneOf(client))
        expect(observed).toEqual({ ...expected, ...limit?.instead })
      })
    }
  })
}
