import AxeBuilder from "@axe-core/playwright"
import { expect, test } from "@playwright/test"
import type { Page } from "@playwright/test"

/**
 * Expects axe to find nothing on the page as it is now, by the rules of WCAG 2.2 up to AA and by those of good practice.
 * Colours are judged too: wait until what fades in has done so.
 */
export async function expectAccessible(page: Page): Promise<void> {
  // It judges every element in one go, which has taken Firefox half a minute on a busy machine.
  test.setTimeout(test.info().timeout + 60_000)
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map(({ html }) => html) }))
  expect(found, "what axe found").toEqual([])
}
