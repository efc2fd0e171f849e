import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { findBrowsers } from "./browsers.ts"
import { exec, root, type ExecOptions } from "./exec.ts"
import { whyNoGo } from "./go.ts"
import { tallyConformance, tallyFuzz, tallyInterop, tallyPlaywright, tallyVitest, type Tally } from "./tally.ts"

/** Time limit of a runner that hangs. The slowest runner takes about ten minutes. */
const hourMs = 3_600_000

/** Runs one project of vitest.config.ts. */
export function vitest(project: string): Promise<Tally> {
  const report = join(root, `.cache/check/${project}.json`)
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`, "--silent=passed-only"]
  // vitest colors its output even if it does not go to a terminal.
  const options = process.stdout.isTTY ? {} : { env: { NO_COLOR: "1" } }
  const command = ["vitest", "run", "--project", project, "--allowOnly=false", ...reporters]
  return runTests(command, options, report, tallyVitest)
}

/** Projects of a quick run: Chromium runs all tests over HTTP/1.1, Firefox runs the wire tests over HTTP/2. */
const quickProjects = { chromium: "chromium-h1", firefox: "firefox-h2" } as const

/**
 * Runs the end-to-end tests in the browsers that are installed. With `isAll` they run over both HTTP versions and
 * compare screenshots. A missing browser counts as one skipped test.
 */
export async function playwright(isAll: boolean): Promise<Tally> {
  const { present, notes } = await findBrowsers()
  if (present.length === 0) return { passed: 0, failed: 0, skipped: notes.length, output: "", notes }
  const report = join(root, ".cache/check/browser.json")
  const cli = ["node", "node_modules/@playwright/test/cli.js", "test", "--forbid-only", "--reporter=list,json"]
  const command = [...cli, ...present.map((name) => `--project=${isAll ? `${name}*` : quickProjects[name]}`)]
  const quick: Record<string, string> = isAll ? {} : { CAUSEWAY_QUICK: "1" }
  const options = { cwd: "e2e", env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report, ...quick } }
  const tally = await runTests(command, options, report, tallyPlaywright)
  return { ...tally, skipped: tally.skipped + notes.length, notes: [...tally.notes, ...notes] }
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

/** Fuzzes each parser for a short time, starting with the inputs of its corpus. */
export function fuzz(): Promise<Tally> {
  const report = join(root, ".cache/check/fuzz.json")
  mkdirSync(dirname(report), { recursive: true })
  return runTests(["node", "tools/fuzz.ts", "--seconds", "25", "--report", report], {}, report, tallyFuzz)
}

/** Runs a test runner. If it fails without a failed test, for example between tests, that counts as one failed test. */
async function runTests<Report>(
  command: readonly string[],
  options: ExecOptions,
  report: string,
  read: (report: Report) => Tally,
): Promise<Tally> {
  rmSync(report, { force: true })
  const { exitCode, output } = await exec(command, { timeoutMs: hourMs, ...options, isLive: true })
  const none = { passed: 0, failed: 0, skipped: 0, output, notes: [] }
  const tally = existsSync(report) ? read(JSON.parse(readFileSync(report, "utf8")) as Report) : none
  if (exitCode === 0 || tally.failed > 0) return tally
  const note = `failed: ${command.join(" ")} ended with exit code ${exitCode}`
  return { ...tally, failed: 1, notes: [...tally.notes, note] }
}
