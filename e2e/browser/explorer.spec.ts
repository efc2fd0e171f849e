import type { Page } from "@playwright/test"
import { expectAccessible } from "./support/expect-accessible.ts"
import { expect, test } from "./support/test.ts"

const choose = async (page: Page, method: RegExp) => {
  await page.getByRole("navigation", { name: "Methods" }).getByRole("link", { name: method }).click()
}
/** The first message of the answer, as JSON. */
const message = async (page: Page, number: number): Promise<unknown> =>
  JSON.parse(
    (await page.getByRole("group", { name: `Message ${number} of the answer`, exact: true }).textContent()) ?? "",
  )
const field = (page: Page, name: string, nth = 0) => page.getByLabel(new RegExp(`^${name} `)).nth(nth)

/** Counts the forms that come from now on. */
const countForms = async (page: Page): Promise<() => Promise<number>> => {
  const count = await page.evaluateHandle(() => {
    const forms = new Set<Element>()
    const note = () => document.querySelectorAll("form").forEach((form) => forms.add(form))
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true })
    return forms
  })
  return () => count.evaluate((forms) => forms.size)
}

test.describe("with the demo's services", () => {
  test.beforeEach(async ({ page, demo, bridgeTo, openConsole }) => {
    test.setTimeout(90_000)
    await openConsole(await bridgeTo(demo), "explorer")
    await expect(page.getByText("Choose a method")).toBeVisible()
  })

  test("every service that reflection names is there, with its methods", { tag: "@any-wire" }, async ({ page }) => {
    const methods = page.getByRole("navigation", { name: "Methods" })
    for (const service of ["api.v1.UserService", "api.v1.BridgeService", "grpc.health.v1.Health"]) {
      await expect(methods.getByText(service, { exact: true })).toBeVisible()
    }
    await expect(methods.getByRole("link", { name: /^Import/ })).toBeVisible()
    await expectAccessible(page)
  })

  test("a form calls, and the address carries the request to who opens it", async ({ page, demo }) => {
    const formCount = await countForms(page)
    await choose(page, /^ListUsers/)
    await field(page, "page_size").fill("2")
    await field(page, "order").selectOption("USER_ORDER_STORAGE")
    await page.getByRole("button", { name: "Call", exact: true }).click()
    await expect(page.getByText(/OK · 1 message/)).toBeVisible()
    const { users, totalSize } = await demo.users.listUsers({ pageSize: 2, order: 5 })
    expect(await message(page, 1)).toMatchObject({
      users: users.map(({ id, storageBytes }) => ({ id, storageBytes: String(storageBytes) })),
      totalSize: String(totalSize),
    })
    // A second form would have lost the text typed into the first.
    expect(await formCount()).toBe(1)
    await expectAccessible(page)

    const address = await page.evaluate(() => location.href)
    await page.goto("about:blank")
    await page.goto(address)
    await expect(field(page, "page_size")).toHaveValue("2")
    await expect(field(page, "order")).toHaveValue("USER_ORDER_STORAGE")
  })

  test(
    "a wrong value is marked and no call is made; JSON and form are one request",
    { tag: "@any-wire" },
    async ({ page }) => {
      await choose(page, /^ListUsers/)
      await field(page, "page_size").fill("many")
      await page.getByRole("button", { name: "Call", exact: true }).click()
      await expect(field(page, "page_size")).toBeFocused()
      await expect(field(page, "page_size")).toHaveAccessibleDescription(/must be a whole number/)
      await expect(page.getByText("The answer comes here.")).toBeVisible()
      await expectAccessible(page)

      await field(page, "page_size").fill("7")
      await page.getByRole("radio", { name: "JSON" }).click()
      const json = page.getByLabel("Request as JSON")
      await expect(json).toHaveValue('{\n  "pageSize": "7"\n}')
      await json.fill('{"pageSize": 8, "nothing": 1}')
      await page.getByRole("radio", { name: "Form" }).click()
      await expect(json).toHaveAccessibleDescription(/nothing/)
      await json.fill('{"pageSize": 8}')
      await page.getByRole("radio", { name: "Form" }).click()
      await expect(field(page, "page_size")).toHaveValue("8")
    },
  )

  test("nested messages, masks and times make a real change", { tag: "@any-wire" }, async ({ page, demo }) => {
    const { users } = await demo.users.listUsers({ pageSize: 1 })
    const [user] = users
    await choose(page, /^UpdateUser/)
    await page.getByRole("button", { name: "Set user" }).click()
    await field(page, "id").fill(user?.id ?? "")
    await field(page, "team").fill("Archives")
    await page.getByRole("button", { name: "Set create_time" }).click()
    await field(page, "create_time").fill("2026-01-31T12:00:00.5Z")
    await page.getByRole("button", { name: "Set update_mask" }).click()
    await field(page, "update_mask").fill("team")
    await page.getByRole("button", { name: "Call", exact: true }).click()
    await expect(page.getByText(/OK · 1 message/)).toBeVisible()
    expect((await demo.users.getUser({ id: user?.id ?? "" })).user?.team).toBe("Archives")
  })

  test("an error of the service shows with its code and its message", { tag: "@any-wire" }, async ({ page }) => {
    await choose(page, /^GetUser/)
    await field(page, "id").fill("nobody")
    await page.getByRole("button", { name: "Call", exact: true }).click()
    const alert = page.getByRole("alert")
    await expect(alert).toContainText("NOT_FOUND")
    await expect(alert).toContainText('There is no user with the id "nobody"')
    await expect(page.getByText(/Failed · 0 messages/)).toBeVisible()
  })

  test("a stream's messages show as they arrive, and Cancel ends the call in the service", async ({ page, demo }) => {
    await choose(page, /^Watch answers/)
    await field(page, "backlog_size").fill("2")
    await page.getByRole("button", { name: "Call", exact: true }).click()
    await expect(page.getByText(/^Message 3 ·/)).toBeVisible()
    const { users } = await demo.users.listUsers({ pageSize: 1 })
    await demo.users.deleteUser({ id: users[0]?.id ?? "" })
    await expect(page.getByText(/^Message 4 ·/)).toBeVisible()
    expect(await message(page, 4)).toMatchObject({ event: { action: "AUDIT_ACTION_USER_DELETED" } })
    await page.getByRole("button", { name: "Cancel" }).click()
    await expect(page.getByText(/Cancelled · 4 messages/)).toBeVisible()
    // That the bridge is idle then is seen at the end of the test.
  })

  test("a method with a stream of requests gets a list of messages", async ({ page, demo }) => {
    await choose(page, /^Import/)
    await page.getByRole("button", { name: "Add a message" }).click()
    for (const [index, email] of ["ada@import.example", "no address"].entries()) {
      await page.getByRole("button", { name: "Set user" }).first().click()
      await field(page, "email", index).fill(email)
      await field(page, "display_name", index).fill(`Row ${index}`)
    }
    await page.getByRole("button", { name: "Send" }).click()
    await expect(page.getByText(/OK · 1 message/)).toBeVisible()
    expect(await message(page, 1)).toMatchObject({ receivedCount: "2", createdCount: "1", failedCount: "1" })
    expect((await demo.users.listUsers({ filter: "ada@import.example" })).totalSize).toBe(1n)
  })

  test("a deadline ends the call", { tag: "@any-wire" }, async ({ page }) => {
    await choose(page, /^Watch answers/)
    await page.getByRole("textbox", { name: /^Deadline/ }).fill("400")
    await page.getByRole("button", { name: "Call", exact: true }).click()
    await expect(page.getByRole("alert")).toContainText("DEADLINE_EXCEEDED")
  })

  test("a keyboard chooses a method, fills the form and calls", { tag: "@any-wire" }, async ({ page }) => {
    await page
      .getByRole("navigation", { name: "Methods" })
      .getByRole("link", { name: /^GetUser/ })
      .focus()
    await page.keyboard.press("Enter")
    await field(page, "id").focus()
    await page.keyboard.type("nobody")
    for (let i = 0; i < 20; i++) {
      if (
        await page
          .getByRole("button", { name: "Call", exact: true })
          .evaluate((button) => button === document.activeElement)
      )
        break
      await page.keyboard.press("Tab")
    }
    await page.keyboard.press("Enter")
    await expect(page.getByRole("alert")).toContainText("NOT_FOUND")
  })
})

test(
  "the page says what is missing for a server without reflection",
  { tag: "@any-wire" },
  async ({ page, scriptBackend, bridgeTo, openConsole }) => {
    await openConsole(await bridgeTo(await scriptBackend({})), "explorer")
    await expect(page.getByRole("alert")).toContainText("The service does not describe itself")
    await expectAccessible(page)
  },
)
