import type { Page } from "@playwright/test"
import { expectIdle, readMetric } from "./support/bridge.ts"
import { Silence } from "./support/silence.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

// Playwright turns the back/forward cache of Chromium off; Firefox knows no such flag.
test.use({
  launchOptions: ({ launchOptions }, use) =>
    use({ ...launchOptions, ignoreDefaultArgs: ["--disable-back-forward-cache"] }),
})

/**
 * Navigates to another page of the origin, like a click on a link. It does so a moment later, so that the call from the
 * test can still return.
 */
async function leave(page: Page, origin: string): Promise<void> {
  await page.evaluate((url) => void setTimeout(() => location.assign(url)), `${origin}/calls.html`)
  await page.waitForURL("**/calls.html")
}

test("Q8: a stream is closed when its page is left, and resumes once when the page is back", async ({
  page,
  browserName,
  scriptBackend,
  bridgeTo,
  openPage,
}) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  const origin = await openPage("streams.html")
  const report = (name: "resumable" | "plain") => page.evaluate((name) => pageStreams.report(name), name)
  await page.evaluate((address) => pageStreams.resume(address), bridge.address)
  const resumable = await script.call(1)
  await page.evaluate((address) => pageStreams.watch(address), bridge.address)
  const plain = await script.call(2)
  resumable.send(1, 2)
  plain.send(1)
  await expect.poll(async () => (await report("resumable")).sequences).toEqual([1, 2])
  await expect.poll(async () => (await report("plain")).sequences).toEqual([1])

  await leave(page, origin)
  await resumable.expectCancelled()
  await plain.expectCancelled()
  await expectIdle(bridge)

  await page.evaluate(() => void setTimeout(() => history.back()))
  await page.waitForFunction(() => "pageStreams" in globalThis)
  if (browserName === "firefox" && (await report("resumable")).sequences.length === 0) {
    // This Firefox reloaded the page instead of keeping it, so there is nothing to resume.
    expect(await page.evaluate(() => pageStreams.restoreCount())).toBe(0)
    return expectIdle(bridge)
  }
  await expect.poll(() => page.evaluate(() => pageStreams.restoreCount())).toBe(1)
  const resumed = await script.call(3)
  expect(resumed.after).toBe(2)
  resumed.send(3)
  await expect.poll(async () => (await report("resumable")).sequences).toEqual([1, 2, 3])
  expect((await report("resumable")).states).toEqual(["connecting", "open", "waiting", "connecting", "open"])
  expect(await report("plain")).toMatchObject({ sequences: [1], end: "Canceled" })
  expect(await readMetric(bridge, "causeway_calls_in_flight")).toBe(1)
})

test("Q8: a page whose calls are over is kept, and shown again as it was", async ({
  page,
  scriptBackend,
  bridgeTo,
  openPage,
}) => {
  const bridge = await bridgeTo(await scriptBackend({ users: { getUser: () => ({}) } }))
  const origin = await openPage("streams.html")
  await page.evaluate((address) => pageStreams.getUser(address, { withLifecycle: true }), bridge.address)
  await page.waitForFunction(() => sessionStorage.getItem("getUser") === "OK")
  await leave(page, origin)
  await page.evaluate(() => void setTimeout(() => history.back()))
  await page.waitForFunction(() => "pageStreams" in globalThis)
  await expect.poll(() => page.evaluate(() => pageStreams.restoreCount())).toBe(1)
})

for (const withLifecycle of [true, false]) {
  const what = withLifecycle ? "is no failure of the network" : "is one in Firefox, where the page's life is not known"
  test(`Q9: a call in flight when its page is left ${what}`, async ({
    page,
    browserName,
    scriptBackend,
    bridgeTo,
    openPage,
  }) => {
    const silence = new Silence()
    const bridge = await bridgeTo(await scriptBackend({ users: { getUser: silence.method } }))
    const origin = await openPage("streams.html")
    const options = { withLifecycle }
    await page.evaluate(([address, options]) => pageStreams.getUser(address, options), [
      bridge.address,
      options,
    ] as const)
    await silence.called(1)
    await leave(page, origin)
    // Chromium ends the call silently; Firefox fails it while the page still exists.
    const seen = { chromium: null, firefox: withLifecycle ? "Canceled" : "Unavailable" }[String(browserName)]
    expect(await page.evaluate(() => sessionStorage.getItem("getUser"))).toBe(seen)
    expect(silence.timeoutsMs).toHaveLength(1)
  })
}
