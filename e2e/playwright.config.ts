import { defineConfig } from "@playwright/test"
import type { PlaywrightTestConfig } from "@playwright/test"
import { browserNames, browserOptions } from "./browser/support/browsers.ts"
import type { Wire } from "./browser/support/test.ts"

type Config = PlaywrightTestConfig<{ wire: Wire }>

const wires: Readonly<Record<string, Wire>> = { h1: "http/1.1", h2: "h2" }
/**
 * On this wire a browser runs all tests. On its other wire it skips the tests that do not depend on the wire, and the
 * console's pages, unless CAUSEWAY_EVERY_WIRE is 1.
 */
const isQuick = process.env["CAUSEWAY_QUICK"] === "1"
const fullProjects: readonly string[] = isQuick ? ["chromium-h1"] : ["chromium-h1", "firefox-h2"]
const consolePages = ["users", "audit", "calls", "shell", "explorer", "bridge", "faults", "own-server", "weight"]
const leavesNothingOut = process.env["CAUSEWAY_EVERY_WIRE"] === "1"
const takesPictures = process.env["CAUSEWAY_PICTURES"] === "1"

/**
 * Only this project compares and takes pictures: the wire does not change a picture, and other browsers or systems
 * render letters differently.
 */
function picturesLeftOut(project: string): readonly string[] {
  if (project !== "chromium-h1") return ["looks", "picture"]
  return [...(process.platform === "linux" && !isQuick ? [] : ["looks"]), ...(takesPictures ? [] : ["picture"])]
}

// A browser that is not installed has no project here: `npm test` says so and counts it as skipped.
const projects: Config["projects"] = browserNames.flatMap((browser) => {
  const options = browserOptions(browser)
  if (options === null) return []
  return Object.entries(wires).map(([suffix, wire]) => {
    const name = `${browser}-${suffix}`
    const isFull = leavesNothingOut || fullProjects.includes(name)
    const leftOut = [...(isFull ? [] : consolePages), ...picturesLeftOut(name)]
    const testIgnore = leftOut.map((page) => `browser/${page}.spec.ts`)
    return { name, use: { ...options, wire }, testIgnore, grepInvert: isFull ? [] : /@any-wire/ }
  })
})

const config: Config = defineConfig<{ wire: Wire }>({
  testDir: ".",
  testMatch: ["browser/*.spec.ts", "interop/*.spec.ts"],
  globalSetup: "./browser/support/global-setup.ts",
  projects,
  fullyParallel: true,
  workers: 2,
  forbidOnly: process.env["CI"] !== undefined,
  timeout: 30_000,
  expect: {
    timeout: 10_000,
    toHaveScreenshot: { maxDiffPixelRatio: 0.002, pathTemplate: "{testDir}/browser/looks/{arg}{ext}" },
  },
  reporter: "list",
  use: {
    ignoreHTTPSErrors: true,
    // No screencast in traces: it costs a fifth of the CPU, and there is a screenshot of each failure anyway.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
  },
})

export default config
