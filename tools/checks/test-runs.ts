import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { findBrowsers, type Browsers } from "./browsers.ts"
import { exec, root, type ExecOptions } from "./exec.ts"
import { whyNoGo } from "./go.ts"
import { tallyConformance, tallyFuzz, tallyInterop, tallyPlaywright, tallyVitest, type Tally } from "./tally.ts"

/** Time limit of a runner that hangs. The slowest runner takes about ten minutes. */
const hourMs = 3_600_000

/** Runs the projects of vitest.config.ts whose names begin like this. */
export function vitest(project: string): Promise<Tally> {
  return runVitest(project, [`${project}*`])
}

/** Runs the integration tests of the bridge's clients and backends over the bridge's own HTTP. */
export function ownCodec(): Promise<Tally> {
  const files = ["downstream", "upstream", "fuzz"].map((name) => `packages/bridge/test/${name}`)
  return runVitest("codec", ["integration", ...files], { CAUSEWAY_CODEC: "causeway" })
}

function runVitest(name: string, projectAndFiles: readonly string[], env: Record<string, string> = {}): Promise<Tally> {
  const report = join(root, `.cache/check/${name}.json`)
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`, "--silent=passed-only"]
  // vitest colors its output even if it does not go to a terminal.
  const options = { env: process.stdout.isTTY ? env : { ...env, NO_COLOR: "1" } }
  const command = ["vitest", "run", "--project", ...projectAndFiles, "--allowOnly=false", ...reporters]
  return runTests(command, options, report, tallyVitest)
}

/** Projects of a quick run, by browser: all tests over HTTP/1.1, and the tests of the wire over HTTP/2 too. */
const quickProjects = ["chromium-h1", "chromium-h2"]

/**
 * The end-to-end tests. Run in full they use both browsers over both HTTP versions and compare screenshots; otherwise Chromium alone.
 * `prepare` finds the browsers, and may install them: that takes a minute, in which other stages can run.
 */
export class BrowserTests {
  #browsers: Promise<Browsers> | null = null

  prepare(isAll: boolean): void {
    this.#browsers ??= findBrowsers(isAll ? ["chromium", "firefox"] : ["chromium"])
  }

  /** A missing browser counts as one skipped test. */
  async run(isAll: boolean): Promise<Tally> {
    this.prepare(isAll)
    const { present, notes } = (await this.#browsers) ?? { present: [], notes: [] }
    if (present.length === 0) return { passed: 0, failed: 0, skipped: notes.length, output: "", notes }
    const report = join(root, ".cache/check/browser.json")
    const cli = ["node", "node_modules/@playwright/test/cli.js", "test", "--forbid-only", "--reporter=list,json"]
    const projects = isAll ? present.map((name) => `${name}*`) : quickProjects
    const quick: Record<string, string> = isAll ? {} : { CAUSEWAY_QUICK: "1" }
    const options = { cwd: "e2e", env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report, ...quick } }
    const command = [...cli, ...projects.map((name) => `--project=${name}`)]
    const tally = await runTests(command, options, report, tallyPlaywright)
    return { ...tally, skipped: tally.skipped + notes.length, notes: [...tally.notes, ...notes] }
  }
}

/** Runs the parts of e2e/interop that need no browser. The other parts belong to the end-to-end tests. */
export async function interop(): Promise<Tally> {
  const parts = ["servers", "grpc-go", "grpc-js", "grpc-java"]
  const reports = parts.map((part) => join(root, `.cache/interop/${part}.json`))
  for (const report of reports) rmSync(report, { force: true })
  const command = ["node", "e2e/interop/run.ts", "--only", parts.join()]
  const { exitCode } = await exec(command, { isLive: true, timeoutMs: hourMs })
  const tables = reports.filter((report) => existsSync(report)).map((report) => readFileSync(report, "utf8"))
  const tally = tallyInterop(tables.map((text) => JSON.parse(text) as Parameters<typeof tallyInterop>[0][number]))
  if (tables.length === parts.length && (exitCode === 0 || tally.failed > 0)) return tally
  const note = `failed: ${command.join(" ")} ended with exit code ${exitCode}`
  return { ...tally, failed: tally.failed + 1, notes: [...tally.notes, note] }
}

/** Runs the Connect conformance suite. It is built with Go, so a missing Go counts as one skipped test. */
export async function conformance(): Promise<Tally> {
  const why = await whyNoGo()
  if (why !== null) return { passed: 0, failed: 0, skipped: 1, output: "", notes: [`skipped: ${why}`] }
  const report = join(root, ".cache/check/conformance.json")
  mkdirSync(dirname(report), { recursive: true })
  const command = ["node", "e2e/conformance/run.ts", "--report", report]
  return runTests(command, {}, report, tallyConformance)
}

/** Fuzzes each parser for a short time, starting with the inputs of its corpus. It keeps one core busy, so other stages can run beside it. */
export function fuzz(): Promise<Tally> {
  const report = join(root, ".cache/check/fuzz.json")
  mkdirSync(dirname(report), { recursive: true })
  const command = ["node", "tools/fuzz.ts", "--seconds", "25", "--report", report]
  return runTests(command, { isLive: false }, report, tallyFuzz)
}

/** Runs a test runner, live unless the options say otherwise. If it fails without a failed test, for example between tests, that counts as one failed test. */
async function runTests<Report>(
  command: readonly string[],
  options: ExecOptions,
  report: string,
  read: (report: Report) => Tally,
): Promise<Tally> {
  rmSync(report, { force: true })
  const { exitCode, output } = await exec(command, { timeoutMs: hourMs, isLive: true, ...options })
  const none = { passed: 0, failed: 0, skipped: 0, output, notes: [] }
  const tally = existsSync(report) ? read(JSON.parse(readFileSync(report, "utf8")) as Report) : none
  if (exitCode === 0) return tally
  if (tally.failed > 0) return { ...tally, output }
  const note = `failed: ${command.join(" ")} ended with exit code ${exitCode}`
  return { ...tally, output, failed: 1, notes: [...tally.notes, note] }
}
