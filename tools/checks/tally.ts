import { relative } from "node:path"

/** The result of a stage. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Output to show on failure. Empty if the stage has shown its output itself. */
  readonly output: string
  /** Lines for the summary: the names of failed tests, and the names of skipped tests with the reason. */
  readonly notes: readonly string[]
}

/** Makes the tally of a stage from its number of checks and the output of each failed check. */
export function tallyChecks(checks: number, failures: readonly string[]): Tally {
  return {
    passed: checks - failures.length,
    failed: failures.length,
    skipped: 0,
    output: failures.join("\n"),
    notes: [],
  }
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** Reads the report of vitest's `json` reporter. A file that could not be loaded counts as one failed test. */
export function tallyVitest(report: VitestReport): Tally {
  const results = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const tests = assertionResults.map((test) =>
      outcome(`${file} › ${test.fullName}`, vitestKinds[test.status] ?? "skipped"),
    )
    return status === "failed" && tests.every(({ kind }) => kind !== "failed")
      ? [...tests, outcome(file, "failed")]
      : tests
  })
  return tally(results)
}

interface PlaywrightSuite {
  readonly title: string
  readonly suites?: readonly PlaywrightSuite[]
  readonly specs: readonly {
    readonly title: string
    readonly tests: readonly {
      readonly projectName: string
      readonly status: string
      readonly annotations: readonly { readonly type: string; readonly description?: string }[]
    }[]
  }[]
}

/** Reads the report of Playwright's `json` reporter. A test that passed only on a retry counts as failed. */
export function tallyPlaywright(report: { readonly suites: readonly PlaywrightSuite[] }): Tally {
  return tally(report.suites.flatMap((suite) => playwrightResults(suite, [])))
}

function playwrightResults(suite: PlaywrightSuite, above: readonly string[]): TestResult[] {
  const way = [...above, suite.title]
  const own = suite.specs.flatMap(({ title, tests }) =>
    tests.map(({ projectName, status, annotations }) => {
      const reason = annotations.find(({ type }) => type === "skip" || type === "fixme")?.description
      return outcome([projectName, ...way, title].join(" › "), playwrightKinds[status] ?? "failed", reason)
    }),
  )
  return [...own, ...(suite.suites ?? []).flatMap((inner) => playwrightResults(inner, way))]
}

interface InteropTable {
  readonly heading: string
  readonly columns: readonly string[]
  readonly rows: readonly {
    readonly name: string
    readonly cells: readonly ({ readonly kind: string; readonly reason?: string } | null)[]
  }[]
}

/** Reads the tables of e2e/interop. A known limit counts as passed. A missing toolchain counts as one skipped test. */
export function tallyInterop(tables: readonly InteropTable[]): Tally {
  const results = tables.flatMap(({ heading, columns, rows }) =>
    rows.flatMap(({ name, cells }) =>
      cells.flatMap((cell, i) => {
        if (cell === null) return []
        if (cell.kind === "skip") return [outcome(heading, "skipped", cell.reason)]
        return [outcome(`${heading} › ${columns[i]} › ${name}`, cell.kind === "fail" ? "failed" : "passed")]
      }),
    ),
  )
  const skips = new Map(results.filter(({ kind }) => kind === "skipped").map((result) => [result.note, result]))
  return tally([...results.filter(({ kind }) => kind !== "skipped"), ...skips.values()])
}

interface ConformanceResult {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly knownFailures: number
  /** The tool that this configuration needs and the machine lacks. Null means that it ran. */
  readonly skipped: string | null
}

/** Reads the report of e2e/conformance/run.ts. A known failure counts as skipped, with its reason. */
export function tallyConformance(report: readonly ConformanceResult[]): Tally {
  const sum = (count: (result: ConformanceResult) => number): number =>
    report.reduce((total, result) => total + count(result), 0)
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ knownFailures, skipped }) => (skipped === null ? knownFailures : 1)),
    output: "",
    notes: report.flatMap(conformanceNotes),
  }
}

function conformanceNotes({ name, failed, knownFailures, skipped }: ConformanceResult): string[] {
  if (skipped !== null) return [`skipped: ${name}: ${skipped}`]
  const known = `skipped: ${name}: ${knownFailures} cases fail as e2e/conformance/README.md says, before a bare backend too`
  return [
    ...(failed > 0 ? [`failed: ${name}: ${failed} cases went otherwise than expected`] : []),
    ...(knownFailures > 0 ? [known] : []),
  ]
}

interface FuzzResult {
  readonly name: string
  /** The defect that an input showed. Null means no defect. */
  readonly problem: string | null
}

/** Reads the report of tools/fuzz.ts. Each target is one test. */
export function tallyFuzz(report: readonly FuzzResult[]): Tally {
  return tally(report.map(({ name, problem }) => outcome(name, problem === null ? "passed" : "failed")))
}

type Kind = "passed" | "failed" | "skipped"
type TestResult = { readonly kind: Kind; readonly note: string }

const vitestKinds: Readonly<Record<string, Kind>> = { passed: "passed", failed: "failed" }
const playwrightKinds: Readonly<Record<string, Kind>> = { expected: "passed", skipped: "skipped" }

function outcome(name: string, kind: Kind, reason = ""): TestResult {
  return { kind, note: `${kind}: ${name}${reason && ` (${reason})`}` }
}

function tally(results: readonly TestResult[]): Tally {
  const count = (wanted: Kind): number => results.filter(({ kind }) => kind === wanted).length
  const notes = results.filter(({ kind }) => kind !== "passed").map(({ note }) => note)
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped"), output: "", notes }
}
