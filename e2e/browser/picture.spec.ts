import { join } from "node:path"
import { expect, test } from "./support/lab-test.ts"

// Only with CAUSEWAY_PICTURES=1, and only in chromium-h1: see playwright.config.ts.

const image = (name: string): string => join(import.meta.dirname, "../../docs/images", name)

test("the README's picture shows the users list", async ({ page, demo, bridgeTo, openConsole }) => {
  test.setTimeout(90_000)
  await page.setViewportSize({ width: 1280, height: 800 })
  await openConsole(await bridgeTo(demo, { listen: "127.0.0.1:8080" }))
  // The first call also warms up everything, and a machine that is busy with others says nothing of how long one takes.
  await expect(async () => {
    await page.reload()
    await expect(page.getByText("1–20 of 320")).toBeVisible()
    await expect(page.getByText(/^ListUsers · OK · \d\d? ms$/)).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await page.screenshot({ path: image("console.png"), animations: "disabled" })
})

test("the tour's pictures show what it speaks of", async ({ page, whole }) => {
  test.setTimeout(90_000)
  await page.setViewportSize({ width: 1280, height: 860 })
  const take = (name: string) => page.screenshot({ path: image(`tour-${name}.png`), animations: "disabled" })
  await page.goto(`${whole.origin}/#/audit`)
  await expect(page.getByText("Open", { exact: true })).toBeVisible()
  await expect(page.getByRole("list", { name: "Events" }).getByRole("listitem").nth(8)).toBeVisible()
  await take("audit")

  await page.goto(`${whole.origin}/#/explorer?method=api.v1.UserService%2FListUsers&request=%7B%22pageSize%22%3A2%7D`)
  await page.getByRole("button", { name: "Call", exact: true }).click()
  await expect(page.getByText(/OK · 1 message/)).toBeVisible()
  await take("explorer")

  await page.getByRole("link", { name: "Faults" }).click()
  const card = page.getByRole("article", { name: "Service stopped" })
  await card.getByRole("button", { name: "Break it" }).click()
  await expect(card.getByText(/Still broken/)).toBeVisible()
  await card.scrollIntoViewIfNeeded()
  await take("faults")
  await page.getByRole("button", { name: "Restore everything" }).click()
  await expect(page.getByText("Nothing is broken.")).toBeVisible()

  await page.getByRole("link", { name: "Calls", exact: true }).click()
  const send = page.getByRole("button", { name: "Send 100 calls" })
  await send.click()
  await expect(send).toBeVisible({ timeout: 30_000 })
  await page.getByRole("table", { name: "Calls" }).getByRole("button").nth(2).click()
  await expect(page.getByRole("region", { name: "Response message 1" })).toBeVisible()
  await take("calls")

  await page.getByRole("link", { name: "Bridge" }).click()
  await expect(page.getByText("Ready", { exact: true })).toBeVisible()
  await page.getByRole("switch", { name: /^Second version/ }).press("Space")
  await expect(page.getByText("v2 is up.")).toBeVisible()
  await page.getByRole("button", { name: "Send 20 with x-version: v2" }).click()
  await expect(page.getByText("20 answered by v2.")).toBeVisible()
  // Somebody makes calls meanwhile, for the numbers to move.
  const other = await page.context().newPage()
  await other.goto(`${whole.origin}/#/calls`)
  await other.getByRole("button", { name: "Send 100 calls" }).click()
  const line = page.locator(".sparkline polyline").first()
  await expect(line).toHaveAttribute("points", /^(\S+ ){12}/, { timeout: 30_000 })
  await take("bridge")
})
