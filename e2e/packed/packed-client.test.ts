import { join } from "node:path"
import { chromium } from "@playwright/test"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { browserOptions } from "../browser/support/browsers.ts"
import { root } from "../../tools/checks/exec.ts"
import { startBridge } from "../browser/support/bridge.ts"
import type { TestBridge } from "../browser/support/bridge.ts"
import { startDemo } from "../browser/support/demo.ts"
import type { Demo } from "../browser/support/demo.ts"
import { servePages } from "../browser/support/page-server.ts"
import { createProject } from "./project.ts"
import type { Project } from "./project.ts"
import { runtimes } from "./runtimes.ts"

const outcome = "serving: true; still serving: true; no such service: NotFound from server"
const installing = 300_000

let project: Project
let demo: Demo
let bridge: TestBridge

beforeAll(async () => {
  project = await createProject()
  demo = await startDemo()
  bridge = await startBridge({ upstream: demo.address }, () => {})
}, installing)

afterAll(async () => {
  await bridge?.close()
  await demo?.close()
  await project?.remove()
})

test("the packed bridge runs where it was installed beside the others", async () => {
  expect(await project.run(join(project.dir, "node_modules/.bin/causeway-bridge"), "--help")).toContain("--upstream")
})

describe("the packed client", () => {
  const inChromium = browserOptions("chromium")

  test.skipIf(inChromium === null)("is built by Vite from an empty project, and calls in Chromium", async () => {
    await project.run("node", "node_modules/vite/bin/vite.js", "build")
    const pages = await servePages(join(project.dir, "dist"), bridge.address)
    const browser = await chromium.launch(inChromium?.launchOptions)
    try {
      const page = await browser.newPage()
      await page.goto(`${pages.origin}/?bridge=${encodeURIComponent(bridge.address)}`)
      const output = page.locator("output:not(:empty)")
      await output.waitFor()
      expect(await output.textContent()).toBe(outcome)
    } finally {
      await browser.close()
      await pages.close()
    }
  })

  test.each([5, 6, 7])(
    "has types that TypeScript %d accepts, and that hold its type tests",
    { timeout: installing },
    async (major) => {
      const compiler = `node_modules/typescript-${major}/bin/tsc`
      expect(await project.run("node", compiler, "--version")).toContain(`Version ${major}.`)
      await project.run("node", compiler, "-p", ".")
      await project.run("node", compiler, "-p", join(root, "packages/client"))
    },
  )

  test.each(runtimes)("calls on $name", { timeout: installing }, async ({ install, command }) => {
    const program = await install(project)
    expect((await project.run(...command(program), "program.ts", bridge.address)).trim()).toBe(outcome)
  })
})
