import { availableParallelism } from "node:os"
import { configDefaults, defineConfig } from "vitest/config"

/** Ends a test that hangs; far above what a test takes on a slow and busy machine. */
const patience = { testTimeout: 30_000, hookTimeout: 30_000 }

/** Vitest's default on two cores is one worker. But most tests wait (for a timer, a socket, a process) longer than they compute. */
const maxWorkers = 2 * availableParallelism()

/**
 * Unit tests share the modules of their worker (`isolate: false`): to load them again for each file costs as much as to run the tests.
 * So a test that changes something global restores it.
 */
const unit = [
  "packages/*/{src,fuzz}/**/*.test.ts",
  "apps/demo/**/*.test.{ts,tsx}",
  "tools/*.test.ts",
  "tools/{checks,fuzz,mutation}/*.test.ts",
]

/** Unit tests that count runs of code: code that another file has loaded has no counters, so each file gets a process of its own. */
const alone = ["packages/*/src/**/*.cost.test.ts"]

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        test: {
          name: "unit",
          include: unit,
          exclude: [...configDefaults.exclude, ...alone],
          isolate: false,
          ...patience,
        },
      },
      { test: { name: "unit-alone", include: alone, ...patience } },
      { test: { name: "integration", include: ["packages/*/test/**/*.test.ts"], ...patience } },
      { test: { name: "wire", include: ["e2e/wire/**/*.test.ts"], ...patience } },
      { test: { name: "packed", include: ["e2e/packed/*.test.ts"], ...patience } },
    ],
  },
})
