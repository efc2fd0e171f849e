import { defineConfig } from "vitest/config"

/** Ends a test that hangs; far above what a test takes on a slow and busy machine. */
const patience = { testTimeout: 30_000, hookTimeout: 30_000 }

const unit = [
  "packages/*/{src,fuzz}/**/*.test.ts",
  "apps/demo/**/*.test.{ts,tsx}",
  "tools/*.test.ts",
  "tools/{checks,fuzz,mutation}/*.test.ts",
]

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: unit, ...patience } },
      { test: { name: "integration", include: ["packages/*/test/**/*.test.ts"], ...patience } },
      { test: { name: "wire", include: ["e2e/wire/**/*.test.ts"], ...patience } },
      { test: { name: "packed", include: ["e2e/packed/*.test.ts"], ...patience } },
    ],
  },
})
