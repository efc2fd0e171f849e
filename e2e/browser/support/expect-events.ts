import { expect } from "@playwright/test"
import type { Page } from "@playwright/test"

/** Expects these events to be on the page, each once, and no other: the last one of the log on top. */
export async function expectEvents(page: Page, first: number, last: number): Promise<void> {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => `#${last - index}`)
  await expect(page.getByTitle("The event’s number in the log")).toHaveText(numbers)
}
