import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { serveConsoleWithLab } from "./console-with-lab.ts"
import type { ScriptedServices } from "./scripted-backend.ts"
import { stillLab } from "./still-lab.ts"
import { stillNow, stillServices } from "./still-services.ts"
import { expect, test as base } from "./test.ts"

export { expect } from "./test.ts"

interface Fixtures {
  /** Opens one view of the console before a backend in which nothing happens but what `services` says otherwise. */
  readonly openStill: (view: string, services?: ScriptedServices) => Promise<void>
}

const require = createRequire(import.meta.url)
const font = (file: string): string => readFileSync(require.resolve(`@fontsource-variable/${file}.woff2`), "base64")
/** The page takes the fonts of its machine. The pictures take these, to be the same on every machine. */
const fonts = {
  text: font("inter/files/inter-latin-wght-normal"),
  mono: font("jetbrains-mono/files/jetbrains-mono-latin-wght-normal"),
}

/** How letters are fitted to the grid of the screen is a setting of each machine, too. */
const fontSettings = join(import.meta.dirname, "fonts.conf")

/** The tests' own fixtures, and pages that stand still: their clocks do, and their fonts are ours. */
export const test = base.extend<Fixtures>({
  launchOptions: async ({ launchOptions }, use) => {
    await use({ ...launchOptions, env: { ...process.env, FONTCONFIG_FILE: fontSettings } })
  },
  openStill: async ({ page, atEnd, scriptBackend, bridgeTo }, use) => {
    await page.clock.setFixedTime(stillNow)
    await page.addInitScript(stand, fonts)
    await use(async (view, services = {}) => {
      const bridge = await bridgeTo(await scriptBackend(withServices(services)))
      const lab = stillLab(() => [pages.origin])
      const pages = await serveConsoleWithLab(() => bridge.address, lab)
      atEnd(pages.close)
      await page.goto(`${pages.origin}/#/${view}`)
    })
  },
})

function withServices({ users, ...others }: ScriptedServices): ScriptedServices {
  return { ...stillServices, ...others, users: { ...stillServices.users, ...users } }
}

/** Runs in the page, before its own scripts. */
function stand({ text, mono }: typeof fonts): void {
  performance.now = () => 0
  const bytes = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  document.fonts.add(new FontFace("Still Text", bytes(text), { weight: "100 900" }))
  document.fonts.add(new FontFace("Still Mono", bytes(mono), { weight: "100 800" }))
  const sheet = new CSSStyleSheet()
  // The bridge's port is another one each time.
  sheet.replaceSync(`
    :root { --text: "Still Text"; --mono: "Still Mono"; }
    .status-address { visibility: hidden; }
  `)
  document.adoptedStyleSheets.push(sheet)
}

/** Expects the page, or a part of it, to be as in the picture `looks/<name>.png`. */
export async function expectLook(page: Page, name: string, part?: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  const place = part === undefined ? page : page.locator(part)
  await expect(place).toHaveScreenshot(`${name}.png`)
}
