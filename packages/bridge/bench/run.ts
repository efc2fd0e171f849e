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
import type { Reference } from "./scene.ts"
import { startScene } from "./scene.ts"
import { largeWorkloads, workloads } from "./workloads.ts"

const usage = `Usage: npm run bench -- [options]

Measures the CPU time of the bridge for a unary call and for a streamed message, over HTTP/1.1 and over HTTP/2 without
TLS (h2c), in turn with that of a bare relay. Needs Linux and h2load; takes about three minutes.

  --paired PATH  compares with the bridge of another checkout (its dependencies installed) in place of the relay, both
                 under load together, with large messages too: a call must not cost more than 1.02 times what it cost there
  --fleet        compares a configuration of 1,000 routes and 100 endpoints with --upstream alone, both under load together: a call
                 must not cost more than 1.1 times as much
  --only WORD    measures only what has this word in its name: unary, stream, echo, HTTP/1.1, h2c …
  --rounds N  how often each is measured (default 10)
  --calls N   unary calls of one measurement (default 10000); streams of 1000 messages: a twentieth of that
  --json      prints the results as JSON
  --help      prints this and ends
`

const flagTypes = {
  paired: { type: "string" },
  fleet: { type: "boolean", default: false },
  only: { type: "string", default: "" },
  rounds: { type: "string", default: "10" },
  calls: { type: "string", default: "10000" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const

interface Plan {
  readonly reference: Reference
  /** Part of the names of the workloads that are measured. */
  readonly only: string
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
killChildren() // after a failure some still run, and would keep this process alive

async function main(): Promise<number> {
  const { values: flags } = parseArgs({ options: flagTypes })
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  const plan = {
    reference: referenceOf(flags),
    only: flags.only,
    rounds: Number(flags.rounds),
    calls: Number(flags.calls),
  }
  const problem =
    flags.fleet && flags.paired !== undefined ? "--fleet and --paired exclude each other" : problemOf(plan)
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

function referenceOf({ paired, fleet }: { readonly paired?: string; readonly fleet: boolean }): Reference {
  if (fleet) return { kind: "one-upstream" }
  return paired === undefined ? { kind: "relay" } : { kind: "earlier", checkout: paired }
}

/** The reason why nothing can be measured, or null. */
function problemOf({ rounds, calls }: Plan): string | null {
  if (!Number.isInteger(rounds) || rounds < 1) return "--rounds expects a whole number from 1"
  if (!Number.isInteger(calls) || calls < minCalls) return `--calls expects a whole number from ${minCalls}`
  return process.platform === "linux" ? h2loadProblem() : "CPU times come from /proc, which only Linux has"
}

/**
 * Measures both in every round; which one begins changes. Two bridges are under load together: what else the machine does then
 * costs both alike, and small differences show. The first round warms up.
 */
async function run({ reference: kind, only, rounds, calls }: Plan): Promise<Series[]> {
  const scene = await startScene(folder, kind)
  const [reference, bridge] = scene.subjects
  const all = kind.kind === "earlier" ? [...workloads, ...largeWorkloads] : workloads
  const chosen = all.filter(({ name }) => name.includes(only))
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
      const isBridgeFirst = round % 2 === 1
      const order = isBridgeFirst ? [bridge, reference] : [reference, bridge]
      const samples = kind.kind === "relay" ? await inTurn(order, measureOne) : await Promise.all(order.map(measureOne))
      if (round > 0) {
        one.bridge.push(samples[isBridgeFirst ? 0 : 1])
        one.reference.push(samples[isBridgeFirst ? 1 : 0])
      }
      sent += count
      await scene.checkObserved(count, sent)
    }
  }
  await scene.stop()
  return series
}

/** Each under its load alone, so that latencies are those of one program. */
async function inTurn(
  subjects: readonly Subject[],
  measureOne: (subject: Subject) => Promise<Sample>,
): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const subject of subjects) samples.push(await measureOne(subject))
  return samples
}
