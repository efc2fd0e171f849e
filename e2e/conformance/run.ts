// Runs the Connect conformance suite against the bridge and the client, and prints the results.

import { writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { parseArgs, styleText } from "node:util"
import { endTogether } from "../../tools/checks/exec.ts"
import { canRun, configurations, type Configuration } from "./configurations.ts"
import { runConfiguration, type Choice, type Outcome } from "./run-configuration.ts"
import { installSuite, type Suite } from "./suite.ts"

const usage = `Usage: node e2e/conformance/run.ts [options]

  --only <name,…>  run these configurations alone
  --case <pattern> run the cases with this name alone, as the suite prints it; * is one part of it, ** any number of parts
  --times <n>      run them so many times in a row, and stop at the first failure
  --report <file>  write what came of each configuration of the last run, as JSON
  --trace          show the HTTP exchange of each case that failed
  --list           print the configurations and end
  --help           print this and end

Exit code: 0 when every case went as expected, 1 when one did not, 2 when the suite could not run (no Go, no network).
`

endTogether()
process.exitCode = await main()

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      only: { type: "string" },
      case: { type: "string" },
      times: { type: "string", default: "1" },
      report: { type: "string" },
      trace: { type: "boolean", default: false },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
  })
  const names = configurations.map(({ name }) => name)
  const wanted = flags.only?.split(",") ?? names
  const unknown = wanted.filter((name) => !names.includes(name))
  if (flags.help === true) return print(usage)
  if (flags.list === true)
    return print(configurations.map(({ name, about }) => `${name.padEnd(22)} ${about}`).join("\n"))
  if (unknown.length > 0)
    return print(`No configuration is called ${unknown.join(" or ")}; --list prints the names.`, 2)
  const times = Number(flags.times)
  if (!(times >= 1)) return print(`--times received ${flags.times}, expected a number from 1`, 2)
  const selected = configurations.filter(({ name }) => wanted.includes(name))
  try {
    const suite = await installSuite()
    for (let run = 1; run <= times; run++) {
      const results = await runAll(suite, selected, { casePattern: flags.case ?? null, isTraced: flags.trace })
      if (flags.report !== undefined) writeFileSync(flags.report, JSON.stringify(results))
      if (results.some((result) => result.failed > 0)) return 1
    }
    return 0
  } catch (error) {
    return print(String((error as Error).message), 2)
  }
}

/** The result of a configuration. `skipped` names what this machine lacks. */
type Result = Omit<Outcome, "output"> & { readonly name: string; readonly skipped: string | null }

/**
 * Runs all configurations, even after a failure, two at a time. The suite compares the large messages of its size
 * limits byte by byte on one core; this takes most of a run and leaves the other core idle.
 */
async function runAll(suite: Suite, selected: readonly Configuration[], choice: Choice): Promise<Result[]> {
  console.log(`\n  configuration           cases  passed  failed  known failures     time`)
  const startMs = performance.now()
  const results: Result[] = []
  const queue = [...selected]
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results.push(canRun(next) ? await runOne(suite, next, choice) : skip(next))
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane))
  console.log(`${((performance.now() - startMs) / 1000).toFixed(1).padStart(72)} s in all`)
  return results
}

async function runOne(suite: Suite, configuration: Configuration, choice: Choice): Promise<Result> {
  const { output, ...outcome } = await runConfiguration(suite, configuration, choice)
  if (outcome.failed > 0) console.log(output)
  console.log(row(configuration, outcome))
  return { ...outcome, name: configuration.name, skipped: null }
}

function skip({ name, client }: Configuration): Result {
  console.log(`${styleText("yellow", "-")} ${name.padEnd(22)} skipped: ${client} is not installed`)
  return { name, cases: 0, passed: 0, failed: 0, knownFailures: 0, ms: 0, skipped: `${client} is not installed` }
}

function row(
  { name, about }: Configuration,
  { cases, passed, failed, knownFailures, ms }: Omit<Outcome, "output">,
): string {
  const mark = failed > 0 ? styleText("red", "✗") : styleText("green", "✓")
  const counts = `${column(cases, 6)}  ${column(passed, 6)}  ${column(failed, 6)}  ${column(knownFailures, 14)}`
  return `${mark} ${name.padEnd(22)} ${counts}  ${column((ms / 1000).toFixed(1), 5)} s  ${styleText("dim", about)}`
}

function column(value: number | string, width: number): string {
  return String(value).padStart(width)
}

function print(text: string, exitCode = 0): number {
  console.log(text)
  return exitCode
}
