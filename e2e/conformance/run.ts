// Holds the bridge and the client against the Connect conformance suite, and prints what came of it.

import { parseArgs, styleText } from "node:util"
import { endTogether } from "../../tools/checks/exec.ts"
import { canRun, configurations, type Configuration } from "./configurations.ts"
import { runConfiguration, type Outcome } from "./run-configuration.ts"
import { installSuite, type Suite } from "./suite.ts"

const usage = `Usage: node e2e/conformance/run.ts [options]

  --only <name,…>  run these configurations alone
  --times <n>      run them so many times in a row, and stop at the first failure
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
      times: { type: "string", default: "1" },
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
    return print(configurations.map(({ name, about }) => `${name.padEnd(16)} ${about}`).join("\n"))
  if (unknown.length > 0)
    return print(`No configuration is called ${unknown.join(" or ")}; --list prints the names.`, 2)
  const times = Number(flags.times)
  if (!(times >= 1)) return print(`--times received ${flags.times}, expected a number from 1`, 2)
  const selected = configurations.filter(({ name }) => wanted.includes(name))
  try {
    const suite = await installSuite()
    for (let run = 1; run <= times; run++) {
      if (!(await runAll(suite, selected, flags.trace))) return 1
    }
    return 0
  } catch (error) {
    return print(String((error as Error).message), 2)
  }
}

/** Runs each configuration, also after one has failed; whether every case went as expected. */
async function runAll(suite: Suite, selected: readonly Configuration[], isTraced: boolean): Promise<boolean> {
  console.log(`\n  configuration     cases  passed  failed  known failures     time`)
  let hasFailed = false
  for (const configuration of selected) {
    if (!canRun(configuration)) {
      console.log(
        `${styleText("yellow", "-")} ${configuration.name.padEnd(16)} skipped: ${configuration.client} is not installed`,
      )
      continue
    }
    const outcome = await runConfiguration(suite, configuration, isTraced)
    if (outcome.failed > 0) console.log(outcome.output)
    console.log(row(configuration, outcome))
    hasFailed ||= outcome.failed > 0
  }
  return !hasFailed
}

function row({ name, about }: Configuration, { cases, passed, failed, knownFailures, ms }: Outcome): string {
  const mark = failed > 0 ? styleText("red", "✗") : styleText("green", "✓")
  const counts = `${column(cases, 6)}  ${column(passed, 6)}  ${column(failed, 6)}  ${column(knownFailures, 14)}`
  return `${mark} ${name.padEnd(16)} ${counts}  ${column((ms / 1000).toFixed(1), 5)} s  ${styleText("dim", about)}`
}

function column(value: number | string, width: number): string {
  return String(value).padStart(width)
}

function print(text: string, exitCode = 0): number {
  console.log(text)
  return exitCode
}
