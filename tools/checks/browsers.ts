import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { exec, root } from "./exec.ts"

/** A browser of the end-to-end tests, by the name of its Playwright project. */
type Name = "chromium" | "firefox"

const debian: Readonly<Record<Name, { readonly path: string; readonly package: string }>> = {
  chromium: { path: "/usr/bin/chromium", package: "chromium" },
  firefox: { path: "/usr/bin/firefox-esr", package: "firefox-esr" },
}

/**
 * Finds the browsers of the end-to-end tests, from Debian or from Playwright. Installs missing browsers if it runs as
 * root on a machine with apt-get. Returns a note for each browser that is still missing, with the command to install
 * it.
 */
export async function findBrowsers(): Promise<{ present: readonly Name[]; notes: readonly string[] }> {
  const names: readonly Name[] = ["chromium", "firefox"]
  const missing = names.filter((name) => !isPresent(name))
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) await install(missing)
  return { present: names.filter(isPresent), notes: names.filter((name) => !isPresent(name)).map(remedy) }
}

function isPresent(name: Name): boolean {
  const playwright: Record<Name, { executablePath(): string }> = createRequire(join(root, "e2e/"))("@playwright/test")
  return existsSync(debian[name].path) || existsSync(playwright[name].executablePath())
}

async function install(names: readonly Name[]): Promise<void> {
  const packages = names.map((name) => debian[name].package)
  console.log(`The browser tests need ${packages.join(" and ")}: installing with apt-get …`)
  const options = { isLive: true, env: { DEBIAN_FRONTEND: "noninteractive" } }
  const { exitCode } = await exec(["apt-get", "update", "-q"], options)
  if (exitCode === 0) await exec(["apt-get", "install", "-q", "-y", "--no-install-recommends", ...packages], options)
}

function remedy(name: Name): string {
  const [onDebian, elsewhere] = [`apt-get install ${debian[name].package}`, `cd e2e && npx playwright install ${name}`]
  return `skipped: ${name} is not installed; run \`${onDebian}\` as root on Debian, \`${elsewhere}\` elsewhere`
}
