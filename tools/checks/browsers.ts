import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { exec, root } from "./exec.ts"

/** A browser of the end-to-end tests, by the name of its Playwright project. */
export type BrowserName = "chromium" | "firefox"

/** The browsers that are installed, and for each that is missing a note with the command to install it. */
export interface Browsers {
  readonly present: readonly BrowserName[]
  readonly notes: readonly string[]
}

const debian: Readonly<Record<BrowserName, { readonly path: string; readonly package: string }>> = {
  chromium: { path: "/usr/bin/chromium", package: "chromium" },
  firefox: { path: "/usr/bin/firefox-esr", package: "firefox-esr" },
}

/**
 * Finds these browsers, from Debian or from Playwright. Installs missing browsers if it runs as root on a machine with apt-get.
 */
export async function findBrowsers(names: readonly BrowserName[]): Promise<Browsers> {
  const missing = names.filter((name) => !isPresent(name))
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) await install(missing)
  return { present: names.filter(isPresent), notes: names.filter((name) => !isPresent(name)).map(remedy) }
}

function isPresent(name: BrowserName): boolean {
  const playwright: Record<BrowserName, { executablePath(): string }> = createRequire(join(root, "e2e/"))(
    "@playwright/test",
  )
  return existsSync(debian[name].path) || existsSync(playwright[name].executablePath())
}

async function install(names: readonly BrowserName[]): Promise<void> {
  const packages = names.map((name) => debian[name].package)
  console.log(`The browser tests need ${packages.join(" and ")}: installing with apt-get …`)
  // Other stages run meanwhile, so the output is shown only on failure.
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" } }
  for (const command of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const { exitCode, output } = await exec(["apt-get", "-q", ...command], options)
    if (exitCode !== 0) return console.log(`apt-get ${command.join(" ")} ended with exit code ${exitCode}:\n${output}`)
  }
}

function remedy(name: BrowserName): string {
  const [onDebian, elsewhere] = [`apt-get install ${debian[name].package}`, `cd e2e && npx playwright install ${name}`]
  return `skipped: ${name} is not installed; run \`${onDebian}\` as root on Debian, \`${elsewhere}\` elsewhere`
}
