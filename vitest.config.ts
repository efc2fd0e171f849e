import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "packages/*/{src,fuzz}/**/*.test.ts",
            "apps/demo/{server,web}/**/*.test.{ts,tsx}",
            "tools/*.test.ts",
            "tools/checks/*.test.ts",
          ],
        },
      },
      { test: { name: "integration", include: ["packages/*/test/**/*.test.ts"], testTimeout: 30_000 } },
    ],
  },
})
