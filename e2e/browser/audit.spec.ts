import type { Locator, Page } from "@playwright/test"
import { expectEvents } from "./support/expect-events.ts"
import { expectIdle, readMetric } from "./support/bridge.ts"
import { expectAccessible } from "./support/expect-accessible.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

test("each event is on the page before the backend sends the next", async ({
  page,
  scriptBackend,
  bridgeTo,
  openConsole,
}) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  await openConsole(bridge, "audit")
  const watch = await script.call(1)
  watch.catchUp(0)
  await expect(page.getByText("Open", { exact: true })).toBeVisible()
  for (let sequence = 1; sequence <= 10; sequence++) {
    watch.send(sequence)
    await expectEvents(page, 1, sequence)
  }
})

test("a burst of events is complete and in order", async ({ page, scriptBackend, bridgeTo, openConsole }) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  await openConsole(bridge, "audit")
  const watch = await script.call(1)
  watch.send(...numbers(1, 300))
  await expect(page.getByText("300 events received")).toBeVisible()
  await expectEvents(page, 1, 300)
  await expectProof(page, 301)
})

const ways: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  "going to another page of the console": (page) => page.getByRole("link", { name: "Calls" }).click(),
  "going to another site": (page) => page.goto("about:blank"),
  "closing the tab": (page) => page.close(),
}

for (const [way, leave] of Object.entries(ways)) {
  test(`${way} ends the stream at the backend`, async ({ page, scriptBackend, bridgeTo, openConsole }) => {
    const script = new WatchScript()
    const users = { listUsers: () => ({}) }
    const bridge = await bridgeTo(await scriptBackend({ users, audit: script.service }))
    await openConsole(bridge, "audit")
    const watch = await script.call(1)
    watch.send(1)
    await expectEvents(page, 1, 1)

    await leave(page)
    await watch.expectCancelled()
    await expectIdle(bridge)
  })
}

test("Pause stops reading, so that the backend has to wait, and Resume reads everything that waited", async ({
  page,
  browserName,
  scriptBackend,
  bridgeTo,
  openConsole,
}) => {
  test.setTimeout(150_000)
  const last = 800
  const script = new WatchScript()
  const audit = { ...script.service, getHead: () => ({ sequence: BigInt(last) }) }
  const bridge = await bridgeTo(await scriptBackend({ audit }))
  await openConsole(bridge, "audit")
  const watch = await script.call(1)
  watch.send(1)
  await expectEvents(page, 1, 1)
  await page.getByRole("button", { name: "Pause" }).click()
  await expect(page.getByText("Open, not read")).toBeVisible()

  // 160 MB: the browser, two sockets and the bridge hold 70 to 80 together.
  watch.sendLarge(...numbers(2, last))
  const heldBack = await watch.heldBack()
  if (browserName === "firefox") {
    // Firefox receives everything, however little its page reads: the data waits in the browser.
    expect(heldBack).toBe(0)
  } else {
    expect(heldBack).toBeGreaterThan(0)
    expect(await readMetric(bridge, "causeway_stalled")).toBeGreaterThan(0)
  }
  // Other calls are not blocked by the paused call.
  await expect(fact(page, "Behind the log")).toHaveText(/^79[89]$/)
  await expect(page.getByText(/^[12] events? received$/)).toBeVisible()

  await page.getByRole("button", { name: "Resume" }).click()
  await expect(page.getByText(`${last} events received`)).toBeVisible({ timeout: 60_000 })
  await expectProof(page, last + 1)
  expect(await watch.heldBack()).toBe(0)
})

test("a stream that is cut by hand resumes, and the numbers prove that nothing is missing", async ({
  page,
  scriptBackend,
  bridgeTo,
  openConsole,
}) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  await openConsole(bridge, "audit")
  const watch = await script.call(1)
  watch.send(1, 2, 3)
  await expectEvents(page, 1, 3)
  await page.getByRole("button", { name: "Cut the stream" }).click()
  await watch.expectCancelled()
  const again = await script.call(2)
  expect(again.after).toBe(3)
  again.send(4, 5)
  await expectEvents(page, 1, 5)
  await expect(page.getByText("5 events received, resumed once")).toBeVisible()
  await expectProof(page, 6)
})

test("numbers that a backend leaves out or repeats are counted", async ({
  page,
  scriptBackend,
  bridgeTo,
  openConsole,
}) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  await openConsole(bridge, "audit")
  const watch = await script.call(1)
  watch.send(1, 2, 6, 6)
  await expect(fact(page, "Expected next")).toHaveText("#7")
  await expect(fact(page, "Lost")).toHaveText("3")
  await expect(fact(page, "Received twice")).toHaveText("1")
})

test("axe finds nothing on the audit page, running and paused", async ({ page, demo, bridgeTo, openConsole }) => {
  await openConsole(await bridgeTo(demo), "audit")
  await expect(page.getByText("100 events received")).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Pause" }).click()
  await expect(page.getByText("Open, not read")).toBeVisible()
  await expectAccessible(page)
})

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** The text beside a label of the page. */
function fact(page: Page, label: string): Locator {
  return page.locator("dt", { hasText: label }).locator("xpath=following-sibling::dd")
}

/** Expects the page to have seen every number below this one, once. */
async function expectProof(page: Page, expectedNext: number): Promise<void> {
  await expect(fact(page, "Expected next")).toHaveText(`#${expectedNext}`)
  await expect(fact(page, "Lost")).toHaveText("0")
  await expect(fact(page, "Received twice")).toHaveText("0")
}
