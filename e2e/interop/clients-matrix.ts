import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { exec, root } from "../../tools/checks/exec.ts"
import { clientNames } from "./clients/names.ts"
import type { Matrix, MatrixCell } from "./matrix.ts"
import { webCases } from "./web-cases.ts"

interface Report {
  readonly suites: readonly Suite[]
}

interface Suite {
  readonly title: string
  readonly suites?: readonly Suite[]
  readonly specs: readonly { readonly title: string; readonly tests: readonly Test[] }[]
}

interface Test {
  readonly projectName: string
  readonly status: string
  readonly annotations: readonly { readonly type: string; readonly description?: string }[]
}

const hourMs = 3_600_000

/** Runs the clients of other projects in every installed browser. Returns the results as a table. */
export async function runClients(): Promise<Matrix> {
  const file = join(root, ".cache/interop/playwright.json")
  rmSync(file, { force: true })
  const cli = ["node", "node_modules/@playwright/test/cli.js", "test", "interop", "--reporter=dot,json"]
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: file, CAUSEWAY_EVERY_WIRE: "1" }
  await exec(cli, { cwd: "e2e", env, isLive: true, timeoutMs: hourMs })
  if (!existsSync(file)) throw new Error("Playwright has left no report; its words stand above")
  const { suites } = JSON.parse(readFileSync(file, "utf8")) as Report
  rmSync(file)
  const cells = new Map(suites.flatMap((suite) => cellsOf(suite, [])))
  return {
    heading: "Other clients with the bridge",
    about: about(cells),
    rowsAre: "",
    columns: clientNames.map((name) => name),
    rows: webCases.map(({ name }) => ({
      name,
      cells: clientNames.map((client) => verdict(cells.get(`${client} › ${name}`) ?? [])),
    })),
  }
}

function about(cells: ReadonlyMap<string, readonly Test[]>): string {
  const projects = [...new Set([...cells.values()].flat().map(({ projectName }) => projectName))].sort()
  return (
    "Each client runs in a page of another origin than the bridge's, with the TestService on grpc-js behind the bridge. `causeway` is our " +
    `own client. A cell holds for all of ${projects.join(", ")} (h1: HTTP/1.1; h2: HTTP/2 over TLS).`
  )
}

/** Returns the tests of each cell by its name, `client › case`. A cell has one test for each browser and wire. */
function cellsOf({ title, suites = [], specs }: Suite, above: readonly string[]): [string, readonly Test[]][] {
  const own = specs.map((spec): [string, readonly Test[]] => [`${title} › ${spec.title}`, spec.tests])
  return [...merge(own), ...suites.flatMap((suite) => cellsOf(suite, [...above, title]))]
}

/** Merges equal names, because Playwright lists a spec once for each project. */
function merge(entries: readonly [string, readonly Test[]][]): Map<string, readonly Test[]> {
  const merged = new Map<string, readonly Test[]>()
  for (const [name, tests] of entries) merged.set(name, [...(merged.get(name) ?? []), ...tests])
  return merged
}

function verdict(tests: readonly Test[]): MatrixCell {
  const failed = tests.filter(({ status }) => status !== "expected")
  if (tests.length === 0) return { kind: "skip", reason: "no browser is installed" }
  if (failed.length > 0)
    return { kind: "fail", reason: `in ${failed.map(({ projectName }) => projectName).join(", ")}` }
  const limit = tests[0].annotations.find(({ type }) => type === "limit")?.description
  return limit === undefined ? { kind: "pass" } : { kind: "limit", reason: limit }
}
