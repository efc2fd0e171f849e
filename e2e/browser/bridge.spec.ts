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

test.describe("two versions", () => {
  const status = (page: Page, words: string | RegExp) =>
    page.getByRole("region", { name: "Two versions" }).getByRole("status").filter({ hasText: words })
  const route = (page: Page, name: string) =>
    page.getByRole("region", { name: "Routes" }).getByRole("listitem").filter({ hasText: name }).first()
  const endpoint = (page: Page, upstream: string) => page.getByRole("list", { name: `Endpoints of ${upstream}` })
  const send = (page: Page, which: "Send 20 calls" | "Send 20 with x-version: v2") =>
    page.getByRole("button", { name: which }).click()

  test.beforeEach(async ({ page, whole }) => {
    test.setTimeout(180_000)
    await page.goto(`${whole.origin}/#/bridge`)
    await expect(status(page, "Only v1 runs.")).toBeVisible()
    await expect(endpoint(page, "v1")).toContainText("Healthy")
  })

  const moves = "a second version is started behind a header, and a slider moves calls to it, without a call that fails"
  test(moves, { tag: "@any-wire" }, async ({ page }) => {
    await send(page, "Send 20 with x-version: v2")
    await expect(status(page, "20 answered by v1.")).toBeVisible()

    await page.getByRole("switch", { name: /^Second version/ }).press("Space")
    await expect(status(page, "v2 is up.")).toBeVisible()
    await expect(endpoint(page, "v2")).toContainText(/Healthy.*Nothing speaks against it\..*1 open/s)
    await expect(route(page, "canary")).toContainText(/v1.*90\s%.*v2.*10\s%/s)
    await expectAccessible(page)
    await send(page, "Send 20 with x-version: v2")
    await expect(status(page, "20 answered by v2.")).toBeVisible()
    await expect(route(page, "testers")).toContainText("20 calls")

    const slider = page.getByRole("slider", { name: "Calls of UserService" })
    await slider.press("End")
    await expect(route(page, "canary")).toContainText(/v2.*100\s%/s)
    await send(page, "Send 20 calls")
    await expect(status(page, "20 answered by v2.")).toBeVisible()
    await slider.press("Home")
    await expect(route(page, "canary")).toContainText(/v1.*100\s%/s)
    await send(page, "Send 20 calls")
    await expect(status(page, "20 answered by v1.")).toBeVisible()
    for (let step = 0; step < 10; step++) await slider.press("ArrowRight")
    await expect(route(page, "canary")).toContainText(/v1.*50\s%.*v2.*50\s%/s)
    await page.getByText("The configuration file, as it is now").click()
    await expect(page.getByRole("region", { name: "bridge.yaml" })).toContainText("weights: { v1: 50, v2: 50 }")

    await page.getByRole("switch", { name: /^Second version/ }).press("Space")
    await expect(status(page, "Only v1 runs.")).toBeVisible()
    await expect(endpoint(page, "v2")).toBeHidden()
    await expect(route(page, "everything")).toContainText("takes every call")
    await expect(page.getByText("Ready", { exact: true })).toBeVisible()
  })

  test("a second version that stops shows why it is not healthy and what happens to calls", async ({ page }) => {
    await page.getByRole("switch", { name: /^Second version/ }).press("Space")
    await page.getByRole("button", { name: "Stop v2" }).click()
    await expect(status(page, "v2 does not run: it was stopped on the Bridge page.")).toBeVisible()
    await expect(endpoint(page, "v2")).toContainText(/Not healthy.*It cannot be reached: .*ECONNREFUSED/s)
    await expect(endpoint(page, "v1")).toContainText("Nothing speaks against it.")
    await expect(page.getByText(/v2 starts again by itself in \d+ s\./)).toBeVisible()
    await send(page, "Send 20 with x-version: v2")
    await expect(status(page, "20 failed.")).toBeVisible()
    await expect(page.getByText(/20 × The service is out of reach UNAVAILABLE backend-unreachable/)).toBeVisible()
    await expectAccessible(page)

    await page.getByRole("link", { name: "Faults" }).click()
    await expect(page.getByText(/One thing is broken/)).toBeVisible()
    await expect(page.getByText("Second version: down")).toBeVisible()
    await page.getByRole("link", { name: "Bridge" }).click()
    await page.getByRole("button", { name: "Start v2 again" }).click()
    await expect(status(page, "v2 is up.")).toBeVisible()
    await expect(endpoint(page, "v2")).toContainText(/1 open/)
    await send(page, "Send 20 with x-version: v2")
    await expect(status(page, "20 answered by v2.")).toBeVisible()
  })

  test("a bridge that is away takes the routes of its file when it comes back", async ({ page, whole }) => {
    await page.getByRole("switch", { name: /^Second version/ }).press("Space")
    await expect(endpoint(page, "v2")).toContainText("Healthy")
    process.kill(await bridgePid(), "SIGKILL")
    await expect(page.getByText(/Routes and upstreams are not known\. .*ECONNREFUSED/)).toBeVisible()
    await page.getByRole("slider", { name: "Calls of UserService" }).press("End")
    const headers = { origin: whole.origin }
    expect((await page.request.post(`${whole.origin}/lab/restore`, { headers })).ok()).toBe(true)
    await expect(route(page, "canary")).toContainText(/v2.*100\s%/s, { timeout: 20_000 })
    await expect(page.getByRole("region", { name: "Two versions" }).getByRole("alert")).toBeHidden()
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
