// `npm run bench`: what a call costs the bridge, beside a bare relay or an earlier bridge in the same run. docs/performance.md
// explains the figures.

import { mkdtempSync, rmSync } from "node:fs"
import { constants, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { killChildren } from "./child.ts"
import { h2loadProblem } from "./h2load.ts"
import type { Sample, Subject } from "./measure.ts"
import { measure } from "./measure.ts"
import type { Series } from "./report.ts"
import { evaluate, formatReport, machine } from "./report.ts"
import { startScene } from "./scene.ts"
import { largeWorkloads, workloads } from "./workloads.ts"

const usage = `Usage: npm run bench -- [options]

Measures the CPU time of the bridge for a unary call and for a streamed message, over HTTP/1.1 and over HTTP/2 without
TLS (h2c), in turn with that of a bare relay. Needs Linux and h2load; takes about three minutes.

  --paired PATH  compares with the bridge of another checkout (its dependencies installed) in place of the relay, both
                 under load together, with large messages too: a call must not cost more than 1.02 times what it cost there
  --rounds N  how often each is measured (default 10)
  --calls N   unary calls of one measurement (default 10000); streams of 1000 messages: a twentieth of that
  --json      prints the results as JSON
  --help      prints this and ends
`

const flagTypes = {
  paired: { type: "string" },
  rounds: { type: "string", default: "10" },
  calls: { type: "string", default: "10000" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const

interface Plan {
  /** The other checkout; null: the relay. */
  readonly paired: string | null
  readonly rounds: number
  readonly calls: number
}

/** With fewer calls the kernel's unit of CPU time distorts the figures. */
const minCalls = 4_000

const folder = mkdtempSync(join(tmpdir(), "causeway-bench-"))
process.on("exit", () => {
  killChildren()
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]))
}
process.exitCode = await main().catch((error: Error) => complain(error.message))

async function main(): Promise<number> {
  const { values: flags } = parseArgs({ options: flagTypes })
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  const plan = { paired: flags.paired ?? null, rounds: Number(flags.rounds), calls: Number(flags.calls) }
  const problem = problemOf(plan)
  if (problem !== null) return complain(problem)
  const where = machine()
  process.stderr.write(`Node ${where.node}, ${where.cores} x ${where.cpu}, load average ${where.load.toFixed(1)}\n`)
  const results = (await run(plan)).map(evaluate)
  process.stdout.write(
    flags.json ? `${JSON.stringify({ machine: where, ...plan, results }, null, 2)}\n` : formatReport(results),
  )
  return 0
}

function complain(problem: string): number {
  process.stderr.write(`bench: ${problem}\n`)
  return 1
}

/** The reason why nothing can be measured, or null. */
function problemOf({ rounds, calls }: Plan): string | null {
  if (!Number.isInteger(rounds) || rounds < 1) return "--rounds expects a whole number from 1"
  if (!Number.isInteger(calls) || calls < minCalls) return `--calls expects a whole number from ${minCalls}`
  return process.platform === "linux" ? h2loadProblem() : "CPU times come from /proc, which only Linux has"
}

/** Measures both in every round. The first round warms up. */
async function run({ paired, rounds, calls }: Plan): Promise<Series[]> {
  const scene = await startScene(folder, paired)
  const [reference, bridge] = scene.subjects
  const chosen = paired === null ? workloads : [...workloads, ...largeWorkloads]
  const series = chosen.map((workload) => ({
    ...{ workload, referenceName: reference.name },
    ...{ reference: [] as Sample[], bridge: [] as Sample[] },
  }))
  let sent = 0
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? "warm-up\n" : `round ${round} of ${rounds}\n`)
    for (const one of series) {
      const count = Math.ceil(calls / one.workload.callShare)
      const measureOne = (subject: Subject): Promise<Sample> => measure(subject, one.workload, count, folder)
      const samples = await (paired === null ? inTurn : atOnce)(reference, bridge, round, measureOne)
      if (round > 0) {
        one.reference.push(samples[0])
        one.bridge.push(samples[1])
      }
      sent += count
      await scene.checkObserved(count, sent)
    }
  }
  await scene.stop()
  return series
}

type Pair = [reference: Sample, bridge: Sample]
type MeasureOne = (subject: Subject) => Promise<Sample>

/** Each under its load alone, so that times are those of one program. Which one is first changes from round to round. */
async function inTurn(reference: Subject, bridge: Subject, round: number, measureOne: MeasureOne): Promise<Pair> {
  if (round % 2 === 0) return [await measureOne(reference), await measureOne(bridge)]
  const sample = await measureOne(bridge)
  return [await measureOne(reference), sample]
}

/** Both under load together: what else the machine does then costs both alike, and small differences show. */
function atOnce(reference: Subject, bridge: Subject, _round: number, measureOne: MeasureOne): Promise<Pair> {
  return Promise.all([measureOne(reference), measureOne(bridge)])
}
