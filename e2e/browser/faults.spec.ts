import type { Locator, Page } from "@playwright/test"
import { bridgePid } from "./support/bridge-pid.ts"
import { expectAccessible } from "./support/expect-accessible.ts"
import { expect, test } from "./support/lab-test.ts"

/** The console errors of browsers about broken connections, refused frames, and CORS. */
test.use({ expectedProblems: /net::ERR_|Cross-Origin Request Blocked|CORS/ })

interface Expectation {
  /** The title of its card, and which one where two have the same. */
  readonly title: string
  readonly nth?: number
  readonly page: readonly RegExp[]
  readonly bridge: readonly RegExp[]
  readonly after: RegExp
}

const whole = /Whole again: the next call went through/
const broken = /Still broken/

/** The switches before the bridge, in the order of the page, and what page and bridge must show. */
const beforeTheBridge: readonly Expectation[] = [
  {
    title: "Deadline too short",
    page: [/No answer in time/, /DEADLINE_EXCEEDED/],
    // The deadlines of the client and the bridge pass together: the first one ends the call.
    bridge: [/\+1 ended by the bridge (deadline-exceeded|client-gone)/],
    after: whole,
  },
  {
    title: "Cancel in flight",
    page: [/The call was cancelled/, /source\s*client/, /CANCELLED/, /[1-9]\d* messages?,/],
    bridge: [/\+1 ended by the bridge client-gone/, /\+1 calls that ended CANCELLED/],
    after: whole,
  },
  {
    title: "Message over the limit",
    page: [/source\s*server/, /RESOURCE_EXHAUSTED/, /request-too-large/, /4 MiB|4194304/],
    bridge: [/request-too-large/],
    after: whole,
  },
  {
    title: "Refused origin",
    page: [/No answer from the bridge/, /source\s*network/, /--cors-origin http:\/\/127\.0\.0\.1:\d+/],
    bridge: [/\+\d+ refused origin-refused/],
    after: whole,
  },
  {
    title: "Connection reset mid-stream",
    nth: 0,
    page: [
      /The answer broke off/,
      /over the relay at https?:\/\/127/,
      /source\s*network/,
      /UNAVAILABLE/,
      /[1-9]\d* messages?,/,
    ],
    bridge: [/\+1 ended by the bridge client-gone/],
    after: whole,
  },
  {
    title: "Half a message",
    nth: 0,
    page: [/The answer broke off/, /source\s*network/, /UNAVAILABLE/, /0 messages,/],
    // The bridge had given the whole answer to its socket.
    bridge: [/\+1 calls that ended (OK|CANCELLED)/],
    after: whole,
  },
]

/** The switches of the bridge and behind it, which do not depend on the HTTP version of the page. */
const fromTheBridgeOn: readonly Expectation[] = [
  {
    title: "Bridge restarted",
    page: [/UNAVAILABLE/, /[1-9]\d* messages?,/],
    bridge: [/It is a new process/],
    after: whole,
  },
  {
    title: "Bridge stopped",
    page: [/No answer from the bridge/, /source\s*network/, /UNAVAILABLE/],
    bridge: [/It cannot be asked/, /ECONNREFUSED/],
    after: broken,
  },
  {
    title: "Connection reset mid-stream",
    nth: 1,
    page: [/source\s*server/, /backend-lost/, /[1-9]\d* messages?,/],
    bridge: [/\+1 ended by the bridge backend-lost/, /\+1 calls that ended UNAVAILABLE/],
    after: whole,
  },
  {
    title: "Half a message",
    nth: 1,
    page: [/The service was lost/, /source\s*server/, /backend-lost/, /0 messages,/],
    bridge: [/\+1 ended by the bridge backend-lost/],
    after: whole,
  },
  {
    title: "Service stopped",
    page: [/The service is out of reach/, /backend-unreachable/, /retryable\s*yes/],
    bridge: [/\+1 ended by the bridge backend-unreachable/],
    after: broken,
  },
  {
    title: "Slow service",
    page: [/The call ended well, with 1 message after [3-9]\d{3} ms/],
    bridge: [/\+1 calls that ended OK/],
    after: broken,
  },
]

const cardOf = (page: Page, { title, nth = 0 }: Pick<Expectation, "title" | "nth">): Locator =>
  page.getByRole("article", { name: title, exact: true }).nth(nth)

const nothingBroken = (page: Page): Locator => page.getByText("Nothing is broken.")

test.beforeEach(async ({ page, whole }) => {
  test.setTimeout(180_000)
  await page.goto(`${whole.origin}/#/faults`)
  await expect(nothingBroken(page)).toBeVisible()
})

/** Causes one fault after the other, and reads the reports of both ends. */
async function walk(page: Page, expectations: readonly Expectation[]): Promise<void> {
  for (const expectation of expectations) {
    await test.step(`${expectation.title} ${expectation.nth ?? ""}`, async () => {
      const card = cardOf(page, expectation)
      await card.getByRole("button", { name: "Break it" }).click()
      await expect(card.getByText(expectation.after)).toBeVisible({ timeout: 40_000 })
      for (const words of expectation.page)
        await expect(card.getByRole("group", { name: "What the page saw" })).toContainText(words)
      for (const words of expectation.bridge)
        await expect(card.getByRole("group", { name: "What the bridge counted" })).toContainText(words)
      if (expectation.after === broken) await card.getByRole("button", { name: "Repair it" }).click()
      await expect(nothingBroken(page)).toBeVisible({ timeout: 20_000 })
    })
  }
  await expectAccessible(page)
}

const everySwitch = "breaks what it says, shows both ends, and leads back to health"

test(`every switch before the bridge ${everySwitch}`, async ({ page, wire }) => {
  await expect(page.getByRole("article")).toHaveCount(beforeTheBridge.length + fromTheBridgeOn.length)
  // Over TLS a cut record is unreadable. It contains the head of the answer, so the browser has seen no answer and may
  // repeat the call by itself.
  await walk(page, wire === "h2" ? beforeTheBridge.filter(({ title }) => title !== "Half a message") : beforeTheBridge)
})

test(`every switch from the bridge on ${everySwitch}, without a reload`, { tag: "@any-wire" }, async ({ page }) => {
  const loads: unknown[] = []
  page.on("load", () => loads.push("load"))
  await walk(page, fromTheBridgeOn)
  expect(loads).toEqual([])
})

const restores = "what is broken shows on the other pages, and one button restores everything"
test(restores, { tag: "@any-wire" }, async ({ page }) => {
  for (const title of ["Slow service", "Service stopped"]) {
    await cardOf(page, { title }).getByRole("button", { name: "Break it" }).click()
    await expect(cardOf(page, { title }).getByText(broken)).toBeVisible({ timeout: 20_000 })
  }
  await expect(page.getByText(/2 things are broken/)).toBeVisible()
  await expect(page.getByText(/^in \d+ s\.$/)).toBeVisible()
  await expect(page.getByText("Service: down")).toBeVisible()
  await expectAccessible(page)

  await page.getByRole("link", { name: "Users" }).click()
  await expect(page.getByRole("alert")).toContainText("The service is out of reach")
  await page.getByRole("link", { name: "Faults" }).click()
  await page.getByRole("button", { name: "Restore everything" }).click()
  await expect(nothingBroken(page)).toBeVisible()
  // A page that is opened again asks again by itself.
  await page.getByRole("link", { name: "Users" }).click()
  await expect(page.getByText(/^1–20 of/)).toBeVisible()
})

const startsAgain = "a bridge that was killed from outside shows as broken, and is started again by the page"
test(startsAgain, { tag: "@any-wire" }, async ({ page, whole }) => {
  const pid = await bridgePid()
  process.kill(pid, "SIGKILL")
  await expect(page.getByText("Bridge: down")).toBeVisible()
  expect(whole.said.join("\n")).toContain("the bridge ended by itself: it was ended by SIGKILL")
  await page.getByRole("button", { name: "Restore everything" }).click()
  await expect(page.getByText("Bridge: up")).toBeVisible()
  await expect(nothingBroken(page)).toBeVisible()
  expect(await bridgePid()).not.toBe(pid)
})

test("another origin may not touch the lab", { tag: "@any-wire" }, async ({ page, whole }) => {
  const status = (origin: string) =>
    page.request.post(`${whole.origin}/lab/bridge-stopped`, { headers: { origin } }).then((answer) => answer.status())
  expect(await status("https://evil.example")).toBe(403)
  expect(await status("null")).toBe(403)
  await expect(page.getByText("Bridge: up")).toBeVisible()
  await expect(nothingBroken(page)).toBeVisible()
})
