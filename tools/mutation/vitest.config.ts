import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    root: ".",
    include: ["packages/protocol/src/**/*.test.ts", "packages/bridge/src/core/**/*.test.ts"],
    // Instrumented sources run several times slower, and a test that times out in the first run ends it.
    testTimeout: 60_000,
  },
})
