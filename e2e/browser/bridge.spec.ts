import type { Page } from "@playwright/test"
import { bridgePid } from "./support/bridge-pid.ts"
import { expectAccessible } from "./support/expect-accessible.ts"
import { expect, test } from "./support/lab-test.ts"

/** The console errors of browsers about refused connections. */
test.use({ expectedProblems: /net::ERR_|Cross-Origin Request Blocked/ })

/** The value of one of the tiles. */
const tile = (page: Page, label: string) =>
  page
    .locator(".stat")
    .filter({ has: page.getByText(label, { exact: true }) })
    .locator(".stat-value")

test.describe("with the whole demo", () => {
  test.beforeEach(async ({ page, whole }) => {
    test.setTimeout(90_000)
    await page.goto(`${whole.origin}/#/bridge`)
    await expect(page.getByText("Ready", { exact: true })).toBeVisible()
  })

  test("the bridge's numbers are shown, change, and match its metrics", async ({ page }) => {
    await expect(tile(page, "Calls in flight")).toHaveText("1")
    await expect(tile(page, "Sessions")).toHaveText("1")
    await expect(tile(page, "Event loop delay")).toHaveText(/^[\d.,]+ (ms|s)$/)
    await expect(tile(page, "CPU")).toHaveText(/^[\d.,]+ %$/)
    const refused = page.getByRole("region", { name: "Refused" })
    await expect(refused).toContainText("None so far.")
    const row = page.getByRole("row").filter({ hasText: "api.v1.UserService/ListUsers" })
    await expect(row).toHaveCount(0)
    await expectAccessible(page)

    await page.getByRole("link", { name: "Users" }).click()
    await expect(page.getByText(/^1–20 of/)).toBeVisible()
    await page.getByRole("link", { name: "Bridge" }).click()
    // Once for the page, and once more for each change that the service reports meanwhile.
    await expect(row.getByRole("cell")).toContainText(["0", /^[1-9]\d*$/, "0"])
  })

  test("a refusal shows with its reason", { tag: "@any-wire" }, async ({ page, whole }) => {
    const answer = await page.request.post(`${whole.address}/api.v1.UserService/ListUsers`, {
      headers: { "content-type": "application/grpc-web+proto", origin: "https://evil.example" },
      data: Buffer.alloc(5),
      ignoreHTTPSErrors: true,
    })
    expect(answer.status()).toBe(403)
    await expect(page.getByRole("region", { name: "Refused" })).toContainText("origin-refused")
  })

  test("a bridge that stops and starts again is shown, and the numbers continue by themselves", async ({
    page,
    whole,
  }) => {
    process.kill(await bridgePid(), "SIGKILL")
    await expect(page.getByText("Out of reach")).toBeVisible()
    await expect(page.getByRole("alert")).toBeVisible()
    await expect(page.getByText("The numbers below are the last ones that came.")).toBeVisible()
    await expectAccessible(page)
    const restored = await page.request.post(`${whole.origin}/lab/restore`, { headers: { origin: whole.origin } })
    expect(restored.ok()).toBe(true)
    await expect(page.getByText("Ready", { exact: true })).toBeVisible({ timeout: 20_000 })
    await expect(page.getByRole("alert")).toBeHidden()
  })
})

const saysSo = "a server that does not know the bridge's admin port says so"
test(saysSo, { tag: "@any-wire" }, async ({ page, demo, bridgeTo, openConsole }) => {
  await openConsole(await bridgeTo(demo), "bridge")
  await expect(page.getByText("No numbers", { exact: true })).toBeVisible()
  await expect(page.getByRole("alert")).toContainText("does not know where the bridge’s admin port is")
  await expect(page.getByRole("status", { name: "Loading" })).toBeHidden()
  await expectAccessible(page)
})
