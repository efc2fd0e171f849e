import type { Page } from "@playwright/test"
import { Code, ConnectError } from "@connectrpc/connect"
import { expectAccessible } from "./support/expect-accessible.ts"
import { expect, test } from "./support/test.ts"

const rows = (page: Page) => page.getByRole("table").locator("tbody").getByRole("row")

test.beforeEach(async ({ demo, bridgeTo, openConsole }) => {
  await openConsole(await bridgeTo(demo))
})

test("the list begins with the service's first page", async ({ page, demo }) => {
  const { users, totalSize } = await demo.users.listUsers({ pageSize: 20 })
  await expect(rows(page)).toContainText(users.map(({ email }) => email))
  await expect(page.getByText(`1–20 of ${totalSize}`)).toBeVisible()
})

test("a search finds users without regard to case and accents", async ({ page }) => {
  await page.getByRole("searchbox", { name: "Search users" }).fill("MULLER")
  await expect(rows(page)).toContainText(["Åsa Müller", "Lukas Müller"])
  await expect(page.getByText("1–2 of 2")).toBeVisible()
})

test("a search that finds nobody says so, and can be cleared", async ({ page }) => {
  await page.getByRole("searchbox", { name: "Search users" }).fill("nobody has this name")
  await expect(page.getByText("Nobody matches “nobody has this name”")).toBeVisible()
  await page.getByRole("button", { name: "Clear the search" }).click()
  await expect(rows(page)).toHaveCount(20)
})

test("paging shows every user once, and leads back", async ({ page, demo }) => {
  const { users } = await demo.users.listUsers({ filter: "Platform", pageSize: 200 })
  const emails = users.map(({ email }) => email)
  await page.getByRole("searchbox", { name: "Search users" }).fill("Platform")
  await expect(rows(page)).toContainText(emails.slice(0, 20))
  await page.getByRole("button", { name: "Next" }).click()
  await expect(rows(page)).toContainText(emails.slice(20, 40))
  await page.getByRole("button", { name: "Next" }).click()
  await expect(rows(page)).toContainText(emails.slice(40))
  await expect(page.getByRole("button", { name: "Next" })).toBeDisabled()
  await page.getByRole("button", { name: "Previous" }).click()
  await expect(rows(page)).toContainText(emails.slice(20, 40))
  await expect(page.getByText(`21–40 of ${emails.length}`)).toBeVisible()
})

test("a refused edit shows the problem at the field, and the corrected edit is saved", async ({ page, demo }) => {
  await page.getByRole("button", { name: "Edit Aarav Banerjee" }).click()
  const dialog = page.getByRole("dialog", { name: "Edit Aarav Banerjee" })
  const email = dialog.getByLabel("Email")
  await email.fill("aarav")
  await dialog.getByRole("button", { name: "Save" }).click()
  await expect(email).toHaveAttribute("aria-invalid", "true")
  await expect(email).toHaveAccessibleDescription(/^Email must be an email address/)
  await expect(email).toBeFocused()
  await expect(dialog.getByLabel("Name")).toHaveAttribute("aria-invalid", "false")

  await email.fill("aarav@tidewater.example")
  await dialog.getByRole("button", { name: "Save" }).click()
  await expect(dialog).toBeHidden()
  await expect(rows(page).first()).toContainText("aarav@tidewater.example")
  const { users } = await demo.users.listUsers({ filter: "aarav@tidewater.example" })
  expect(users.map(({ displayName }) => displayName)).toEqual(["Aarav Banerjee"])
})

test("a new user needs an email that nobody has, and then stands in the list", async ({ page, demo }) => {
  const { users } = await demo.users.listUsers({ pageSize: 1 })
  await page.getByRole("button", { name: "New user" }).click()
  const dialog = page.getByRole("dialog", { name: "New user" })
  await dialog.getByLabel("Name").fill("Zoë Ångström")
  await dialog.getByLabel("Email").fill(users[0]?.email ?? "")
  await dialog.getByRole("button", { name: "Create user" }).click()
  await expect(dialog.getByLabel("Email")).toHaveAttribute("aria-invalid", "true")

  await dialog.getByLabel("Email").fill("zoe.angstrom@tidewater.example")
  await dialog.getByRole("button", { name: "Create user" }).click()
  await expect(dialog).toBeHidden()
  await page.getByLabel("Sort by").selectOption("Newest first")
  await expect(rows(page).first()).toContainText("Zoë Ångström")
})

test("a deleted user is gone from the list and from the service, and Undo brings the same one back", async ({
  page,
  demo,
}) => {
  const { users } = await demo.users.listUsers({ pageSize: 21 })
  const emails = users.map(({ email }) => email)
  await page.getByRole("button", { name: "Delete Aarav Banerjee" }).click()
  await expect(rows(page)).toContainText(emails.slice(1))
  await expect(page.getByText("1–20 of 319")).toBeVisible()
  expect((await demo.users.listUsers({ filter: "Aarav Banerjee" })).users).toEqual([])

  await page.getByRole("button", { name: "Undo" }).click()
  await expect(page.getByText("Aarav Banerjee is back.")).toBeVisible()
  await expect(rows(page)).toContainText(emails.slice(0, 20))
  expect((await demo.users.listUsers({ filter: "Aarav Banerjee" })).users).toEqual(users.slice(0, 1))
})

test("a user that is deleted is gone before the service answers, and back when it refuses", async ({
  page,
  scriptBackend,
  bridgeTo,
  openConsole,
}) => {
  const answer = Promise.withResolvers<void>()
  const ada = { id: "1", displayName: "Ada Lovelace" }
  const backend = await scriptBackend({
    users: {
      listUsers: () => ({ users: [ada], totalSize: 1n }),
      async deleteUser() {
        await answer.promise
        throw new ConnectError("the last owner stays", Code.FailedPrecondition)
      },
    },
  })
  await openConsole(await bridgeTo(backend))
  const name = page.getByText("Ada Lovelace", { exact: true })
  await page.getByRole("button", { name: "Delete Ada Lovelace" }).click()
  await expect(name).toBeHidden()
  await expect(page.getByText("0 of 0")).toBeVisible()
  answer.resolve()
  await expect(page.getByText("Ada Lovelace was not deleted")).toBeVisible()
  await expect(name).toBeVisible()
})

test("two tabs show the same data", async ({ page, context }) => {
  const other = await context.newPage()
  await other.goto(page.url())
  for (const tab of [page, other]) await expect(tab.getByText("In step with every other tab")).toBeVisible()
  await page.getByRole("button", { name: "Edit Aarav Banerjee" }).click()
  await page.getByRole("dialog").getByLabel("Team").fill("Archives")
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click()
  await expect(rows(other).first()).toContainText("Archives")
  await other.getByRole("button", { name: "Delete Aarav Krishnan" }).click()
  await expect(page.getByText("1–20 of 319")).toBeVisible()
  await expect(page.getByText("Aarav Krishnan", { exact: true })).toBeHidden()
})

test("a keyboard alone edits a user, and the focus comes back to where it was", async ({ page }) => {
  await expect(page.getByText("1–20 of 320")).toBeVisible()
  const edit = page.getByRole("button", { name: "Edit Aarav Banerjee" })
  await edit.focus()
  await page.keyboard.press("Enter")
  const dialog = page.getByRole("dialog", { name: "Edit Aarav Banerjee" })
  const order = ["Name", "Email", "Team", "Role", "State"]
  for (const label of order) {
    await expect(dialog.getByLabel(label)).toBeFocused()
    await page.keyboard.press("Tab")
  }
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused()
  await page.keyboard.press("Tab")
  await expect(dialog.getByRole("button", { name: "Save" })).toBeFocused()
  await page.keyboard.press("Escape")
  await expect(dialog).toBeHidden()
  await expect(edit).toBeFocused()
})

test("axe finds nothing on the list, in the dialog with errors, and beside news", async ({ page }) => {
  await expect(page.getByText("1–20 of 320")).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "New user" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByRole("button", { name: "Create user" }).click()
  await expect(dialog.getByLabel("Email")).toHaveAttribute("aria-invalid", "true")
  await expectAccessible(page)
  await page.keyboard.press("Escape")
  await page.getByRole("button", { name: "Delete Aarav Banerjee" }).click()
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible()
  await expectAccessible(page)
})

test("an edit in one tab appears in the audit stream of another", async ({ page, context }) => {
  const audit = await context.newPage()
  await audit.goto(`${new URL(page.url()).origin}/#/audit`)
  await expect(audit.getByText("Open", { exact: true })).toBeVisible()

  await page.getByRole("button", { name: "Edit Aarav Banerjee" }).click()
  await page.getByRole("dialog").getByLabel("Team").fill("Archives")
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click()
  const newest = audit.getByRole("list", { name: "Events" }).getByRole("listitem").first()
  await expect(newest).toContainText("Aarav Banerjee was changed")
  await expect(newest).toContainText("Team: Finance → Archives")
})
