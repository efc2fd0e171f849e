import { defineConfig } from "vitest/config"

export default defineConfig({
  test: { root: ".", include: ["packages/protocol/src/**/*.test.ts", "packages/bridge/src/core/**/*.test.ts"] },
})
