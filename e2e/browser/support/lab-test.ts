import { test as base } from "./test.ts"
import { startWholeDemo } from "./whole-demo.ts"
import type { WholeDemo } from "./whole-demo.ts"

export { expect } from "./test.ts"

/** The tests' own fixtures, and the whole demo with its lab. */
export const test = base.extend<{ readonly whole: WholeDemo }>({
  whole: async ({ atEnd, wire }, use, testInfo) => {
    const demo = await startWholeDemo(wire)
    atEnd(demo.stop)
    await use(demo)
    if (testInfo.errors.length > 0) await testInfo.attach("said.log", { body: demo.said.join("\n") })
  },
})
