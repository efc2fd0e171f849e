import { existsSync } from "node:fs"
import { chromium, firefox } from "@playwright/test"
import type { PlaywrightTestOptions, PlaywrightWorkerOptions } from "@playwright/test"

/** A browser that the tests run in. */
export type BrowserName = "chromium" | "firefox"

/** What Playwright is told about a browser. */
export type BrowserOptions = Partial<PlaywrightTestOptions & PlaywrightWorkerOptions>

/** All of them, installed or not. */
export const browserNames: readonly BrowserName[] = ["chromium", "firefox"]

/** Debian's, by the same paths as tools/checks/browsers.ts, which installs them. */
const debian: Readonly<Record<BrowserName, BrowserOptions & { readonly path: string }>> = {
  chromium: { path: "/usr/bin/chromium" },
  // Debian's Firefox has none of the patches of Playwright's: this channel drives it by WebDriver BiDi instead.
  firefox: { path: "/usr/bin/firefox-esr", channel: "moz-firefox" },
}

/** How to launch a browser: Debian's, else the one that `playwright install` has put in place; null: there is neither. */
export function browserOptions(browserName: BrowserName): BrowserOptions | null {
  const { path, ...options } = debian[browserName]
  if (existsSync(path)) return { browserName, ...options, launchOptions: { executablePath: path } }
  return existsSync({ chromium, firefox }[browserName].executablePath()) ? { browserName } : null
}
