import { expect } from "@playwright/test"
import type { Page } from "@playwright/test"

/** Expects these events to be on the page, each once, and no other: the last one of the log on top. */
export async function expectEvents(page: Page, first: number, last: number): Promise<void> {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => `#${last - index}`)
  await expect.poll(() => readEvents(page), { message: "the numbers of the events on the page" }).toEqual(numbers)
}

/** The numbers of all events of the list, from the top: only those in sight are in the page, so it is scrolled through. */
function readEvents(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const found: [place: number, text: string][] = []
    const seen = new Set<string>()
    const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame)
    for (let top = 0; ; top += window.innerHeight * 0.8) {
      window.scrollTo(0, top)
      // One frame for the event of the scroll, one for what is drawn because of it.
      await nextFrame()
      await nextFrame()
      for (const row of document.querySelectorAll("[aria-posinset]")) {
        const place = Number(row.getAttribute("aria-posinset"))
        const text = row.querySelector("[title='The event’s number in the log']")?.textContent ?? ""
        if (!seen.has(`${place} ${text}`)) found.push([place, text])
        seen.add(`${place} ${text}`)
      }
      if (top + window.innerHeight >= document.documentElement.scrollHeight) break
    }
    window.scrollTo(0, 0)
    return found.sort(([a], [b]) => a - b).map(([, text]) => text)
  })
}
