import type { Page } from "@playwright/test"
import { expectEvents } from "./support/expect-events.ts"
import { expectIdle } from "./support/bridge.ts"
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
  watch.send(...Array.from({ length: 1_000 }, (_, index) => index + 1))
  await expect(page.getByText("1000 events received")).toBeVisible()
  // The page keeps the last ones.
  await expectEvents(page, 701, 1_000)
})

const ways: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  "pressing Pause": (page) => page.getByRole("button", { name: "Pause" }).click(),
  "going to another view": (page) => page.getByRole("link", { name: "Users" }).click(),
  "going to another page": (page) => page.goto("about:blank"),
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

test("Resume goes on after the last event that was shown", async ({ page, scriptBackend, bridgeTo, openConsole }) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  await openConsole(bridge, "audit")
  const watch = await script.call(1)
  watch.send(1, 2, 3)
  await expectEvents(page, 1, 3)
  await page.getByRole("button", { name: "Pause" }).click()
  await watch.expectCancelled()

  await page.getByRole("button", { name: "Resume" }).click()
  const again = await script.call(2)
  expect(again.after).toBe(3)
  again.send(4, 5)
  await expectEvents(page, 1, 5)
})
