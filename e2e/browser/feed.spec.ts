import { expect, test } from "./support/test.ts"

/** The number of messages in five minutes at a thousand a second. */
const messageCount = 300_000

test("Q28: a hidden page with a fast stream holds only the messages that it shows, and renders once when it becomes visible", async ({
  page,
  browserName,
  openPage,
}) => {
  await openPage("feed.html")
  await page.evaluate(() => pageFeed.send(1))
  await expect.poll(() => page.evaluate(() => pageFeed.shown())).toEqual([1])
  const heapBytes = browserName === "chromium" ? await heapMeter() : null
  await page.evaluate(() => pageFeed.hide())
  const before = { renders: await page.evaluate(() => pageFeed.renderCount()), heapBytes: (await heapBytes?.()) ?? 0 }

  await page.evaluate((count) => pageFeed.send(count), messageCount)
  expect(await page.evaluate(() => pageFeed.renderCount())).toBe(before.renders)
  // All messages together are some 240 MB. Firefox does not report the heap.
  if (heapBytes !== null) expect((await heapBytes()) - before.heapBytes).toBeLessThan(10_000_000)

  await page.evaluate(() => pageFeed.show())
  await expect.poll(() => page.evaluate(() => pageFeed.shown().at(-1))).toBe(messageCount + 1)
  expect(await page.evaluate(() => pageFeed.shown().length)).toBe(100)
  expect(await page.evaluate(() => pageFeed.renderCount())).toBe(before.renders + 1)

  async function heapMeter(): Promise<() => Promise<number>> {
    const session = await page.context().newCDPSession(page)
    return async () => {
      await session.send("HeapProfiler.collectGarbage")
      return (await session.send("Runtime.getHeapUsage")).usedSize
    }
  }
})
