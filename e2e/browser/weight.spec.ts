import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { brotliCompressSync } from "node:zlib"
import { artifacts } from "./support/artifacts.ts"
import { expect, test } from "./support/test.ts"

/** The limit for a first visit, in bytes after Brotli. */
const maxFirstLoadBytes = 200_000

test("a first visit loads less than 200 kB after brotli, and nothing from elsewhere", async ({
  page,
  demo,
  bridgeTo,
  openConsole,
}) => {
  const bridge = await bridgeTo(demo)
  const loaded: URL[] = []
  page.on("request", (request) => loaded.push(new URL(request.url())))
  const origin = await openConsole(bridge)
  await expect(page.getByText("1–20 of 320")).toBeVisible()
  const origins = new Set(loaded.filter(({ protocol }) => protocol !== "data:").map((url) => url.origin))
  expect([...origins].sort()).toEqual([new URL(bridge.address).origin, origin].sort())

  const paths = new Set(loaded.filter((url) => url.origin === origin).map(({ pathname }) => pathname))
  const sizes = await Promise.all([...paths].map(compressedSize))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  expect(paths.size).toBeGreaterThan(3)
  expect(total, `bytes of ${[...paths].join(", ")}`).toBeLessThan(maxFirstLoadBytes)
})

test("the built page has neither styles nor scripts of its own, and a policy that forbids them", async () => {
  const { consoleDir } = artifacts()
  const html = await readFile(join(consoleDir, "index.html"), "utf8")
  expect(html.replaceAll("&#39;", "'")).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(html).not.toContain("unsafe")
  expect(html).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/)
  expect((await readdir(join(consoleDir, "assets"))).some((file) => file.endsWith(".js"))).toBe(true)
})

test("nothing moves while the first page loads", async ({ page, demo, bridgeTo, openConsole, browserName }) => {
  test.skip(browserName !== "chromium", "only Chromium reports layout shifts")
  await page.addInitScript(() => {
    const shifts: number[] = []
    Object.assign(window, { shifts })
    const note = (list: PerformanceObserverEntryList): void => {
      for (const entry of list.getEntries()) shifts.push((entry as PerformanceEntry & { value: number }).value)
    }
    new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true })
  })
  await openConsole(await bridgeTo(demo))
  await expect(page.getByText("1–20 of 320")).toBeVisible()
  await expect(page.getByText("In step with every other tab")).toBeVisible()
  const total = await page.evaluate(() =>
    (window as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0),
  )
  // The Web Vitals rate up to 0.1 as good.
  expect(total).toBeLessThan(0.02)
})

/** Of a file of the built console, as a server that compresses would send it. */
async function compressedSize(path: string): Promise<number> {
  const file = join(artifacts().consoleDir, path === "/" ? "index.html" : path)
  return brotliCompressSync(await readFile(file)).byteLength
}
