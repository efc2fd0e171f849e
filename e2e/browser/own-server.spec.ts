import { artifacts, placeholderBridge } from "./support/artifacts.ts"
import { expectAccessible } from "./support/expect-accessible.ts"
import { serveEditedPages } from "./support/page-server.ts"
import { expect, test } from "./support/test.ts"

/** As `npm start -- --upstream` serves the console: the page is told that the bridge calls a server of the user's. */
test.beforeEach(async ({ page, demo, bridgeTo, atEnd }) => {
  const { address } = await bridgeTo(demo)
  const tag = '<meta name="upstream" content="http://127.0.0.1:50051" />'
  const edit = (html: string): string => html.replaceAll(placeholderBridge, address).replace("</head>", `${tag}</head>`)
  const pages = await serveEditedPages(artifacts().consoleDir, edit)
  atEnd(pages.close)
  await page.goto(pages.origin)
})

test("before a server of one's own the console begins with the Explorer", async ({ page }) => {
  await expect(page.getByRole("heading", { name: "Explorer" })).toBeVisible()
  await page.getByRole("link", { name: "Calls", exact: true }).click()
  await expect(page.getByText("Every call that this page makes")).toBeVisible()
  await expect(page.getByRole("button", { name: "Send 100 calls" })).toBeHidden()
})

test("the pages of the demo's services say what they need, without a call that fails", async ({ page }) => {
  for (const name of ["Users", "Audit", "Bridge", "Faults"]) {
    await page.getByRole("link", { name, exact: true }).click()
    await expect(page.getByRole("heading", { name, exact: true })).toBeVisible()
    await expect(page.getByText("The bridge calls your server at http://127.0.0.1:50051")).toBeVisible()
  }
  await expectAccessible(page)
})
