import { expectAccessible } from "./support/expect-accessible.ts"
import { expect, test } from "./support/test.ts"

test.beforeEach(async ({ demo, bridgeTo, openConsole }) => {
  await openConsole(await bridgeTo(demo), "")
})

test("the bare address leads to the users, and every link of the navigation to a page of its name", async ({
  page,
}) => {
  await expect(page).toHaveURL(/#\/users$/)
  const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link")
  // In reverse order, so that each link leads to another page than the one before.
  for (const link of (await links.all()).toReversed()) {
    const name = (await link.textContent()) ?? ""
    await link.click()
    await expect(page.getByRole("main", { name })).toBeFocused()
    await expect(page).toHaveTitle(`${name} · Causeway console`)
    await expect(link).toHaveAttribute("aria-current", "page")
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible()
  }
})

test("an unknown address shows a message and a link back", async ({ page }) => {
  await expect(page).toHaveURL(/#\/users$/)
  await page.goto(page.url().replace("#/users", "#/nothing"))
  await expect(page.getByText("There is no such page")).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("link", { name: "Go to Users" }).click()
  await expect(page.getByRole("heading", { name: "Users" })).toBeVisible()
})

test("the colours that were chosen stay for the next visit", async ({ page }) => {
  const colours = page.getByRole("radiogroup", { name: "Colours" })
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await colours.getByRole("radio", { name: "Light" }).click()
  const light = await ground()
  await colours.getByRole("radio", { name: "Dark" }).click()
  const dark = await ground()
  expect(dark).not.toBe(light)
  await page.reload()
  await expect(colours.getByRole("radio", { name: "Dark" })).toBeChecked()
  expect(await ground()).toBe(dark)
})

test("a keyboard reaches the page's own part at once, and the skip link shows while it has the focus", async ({
  page,
}) => {
  await expect(page.getByText(/^1–20 of/)).toBeVisible()
  await page.keyboard.press("Tab")
  const skip = page.getByRole("link", { name: "Skip to content" })
  await expect(skip).toBeFocused()
  await expect(skip).toBeInViewport()
  await page.keyboard.press("Enter")
  await expect(page.getByRole("main")).toBeFocused()
  await page.keyboard.press("Tab")
  await expect(page.getByRole("button", { name: "New user" })).toBeFocused()
})

const isThere = "the colours that were chosen are there before the page's own scripts"
test(isThere, async ({ page }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await page.emulateMedia({ colorScheme: "light" })
  const light = await ground()
  await page.getByRole("radio", { name: "Dark" }).click()
  const dark = await ground()
  expect(dark).not.toBe(light)
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  await page.route("**/assets/*.js", async (route) => {
    await held
    await route.continue()
  })
  // Not page.reload: in Firefox it always waits for the scripts.
  await page.evaluate(() => {
    document.documentElement.dataset["isOld"] = ""
    location.reload()
  })
  await expect(page.locator("html:not([data-is-old]) #root")).toBeAttached()
  // The styles may come a moment later.
  await expect.poll(ground).toBe(dark)
  await expect(page.getByRole("main")).toBeHidden()
  letGo()
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked()
})

test("a narrow screen shows which page it is in the navigation, and no page is wider than it", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 })
  const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link")
  await expect(links.last()).not.toBeInViewport({ ratio: 1 })
  // Each of them by its address: nobody has scrolled there.
  for (const address of ["faults", "users", "bridge", "audit", "explorer", "calls"]) {
    await page.evaluate((hash) => location.assign(hash), `#/${address}`)
    const current = page.locator('nav [aria-current="page"]')
    await expect(current).toHaveAttribute("href", new RegExp(address))
    await expect(current).toBeInViewport({ ratio: 1 })
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible()
    const [content, screen] = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement
      return [scrollWidth, clientWidth]
    })
    expect(content).toBeLessThanOrEqual(screen)
  }
})

test("a screen of 3840 px is filled, by text that grows with it", async ({ page }) => {
  await page.setViewportSize({ width: 3840, height: 2160 })
  await expect(page.getByText(/^1–20 of/)).toBeVisible()
  const [sidebar, main] = [page.getByRole("banner"), page.getByRole("main")]
  const room = 3840 - ((await sidebar.boundingBox())?.width ?? 0)
  expect((await main.boundingBox())?.width).toBeGreaterThan(0.8 * room)
  const fontSize = await main.evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize))
  expect(fontSize).toBeGreaterThan(20)
})
