import { join } from "node:path"
import { expect, test } from "./support/test.ts"

// Only with CAUSEWAY_PICTURES=1, and only in chromium-h1: see playwright.config.ts.
test("the README's picture shows the users list", async ({ page, demo, bridgeTo, openConsole }) => {
  await page.setViewportSize({ width: 1280, height: 800 })
  await openConsole(await bridgeTo(demo, { listen: "127.0.0.1:8080" }))
  // The first call also warms up everything; the second has a typical time.
  await page.reload()
  await expect(page.getByText("1–20 of 320")).toBeVisible()
  await page.screenshot({ path: join(import.meta.dirname, "../../docs/images/console.png"), animations: "disabled" })
})
