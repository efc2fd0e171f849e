// `npm run fleet`: a fleet of endpoints with faults, under load, behind a bridge whose file changes. docs/reliability.md explains it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { constants, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs, styleText } from "node:util"
import { killChildren, startChild } from "../../packages/bridge/bench/child.ts"
import { BridgeMetrics } from "./bridge-metrics.ts"
import { ConfigFile } from "./config-file.ts"
import { EachSecond } from "./each-second.ts"
import { FaultyFleet } from "./faults.ts"
import { Load } from "./load.ts"
import { formatRun } from "./report.ts"
import type { Run } from "./verdict.ts"
import { problemsOf, rateNotice } from "./verdict.ts"

const usage = `Usage: npm run fleet -- [options]

Twenty gRPC servers on loopback behind one bridge. Some of them crash, restart, hang, answer UNAVAILABLE, answer slowly or move, while
calls come at a fixed rate over HTTP/1.1 and h2c, and the configuration file is written each second. No call may be lost, sound
endpoints must get equal loads, no reload may fail, and every gauge must return to zero. docs/reliability.md explains the figures.

  --seconds <n>   length of the run (default: 120)
  --rate <n>      calls a second (default: 500)
  --routes <n>    further routes in the file, which no call matches (default: 0)
  --help          print this and end

Exit code: 0 when the bridge passes, 1 when it does not, 2 for an option that is not known.
`

const size = 20
const main = join(import.meta.dirname, "../../packages/bridge/src/main.ts")
const folder = mkdtempSync(join(tmpdir(), "causeway-fleet-"))
process.on("exit", () => {
  killChildren()
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]))
}
process.exitCode = await runFromCommandLine()

interface Plan {
  readonly seconds: number
  readonly rate: number
  readonly routes: number
}

async function runFromCommandLine(): Promise<number> {
  const options = {
    seconds: { type: "string", default: "120" },
    rate: { type: "string", default: "500" },
    routes: { type: "string", default: "0" },
    help: { type: "boolean", default: false },
  } as const
  let flags
  try {
    flags = parseArgs({ options }).values
  } catch (error) {
    return complain((error as Error).message)
  }
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  const plan = { seconds: Number(flags.seconds), rate: Number(flags.rate), routes: Number(flags.routes) }
  for (const [name, least] of [
    ["seconds", 1],
    ["rate", 1],
    ["routes", 0],
  ] as const) {
    if (!Number.isInteger(plan[name]) || plan[name] < least)
      return complain(`--${name}: received ${flags[name]}, expected a whole number from ${least}`)
  }
  return judge(await run(plan))
}

function complain(problem: string): number {
  process.stderr.write(`fleet: ${problem}; see npm run fleet -- --help\n`)
  return 2
}

function judge(run: Run): number {
  const problems = problemsOf(run)
  const notice = rateNotice(run)
  process.stdout.write(`\n${formatRun(run)}\n\n`)
  if (notice !== null) process.stdout.write(`${styleText("yellow", notice)}\n`)
  for (const problem of problems) process.stdout.write(`${styleText("red", "✗")} ${problem}\n`)
  if (problems.length === 0) process.stdout.write(`${styleText("green", "✓")} the bridge passes\n`)
  return problems.length === 0 ? 0 : 1
}

async function run({ seconds, rate, routes }: Plan): Promise<Run> {
  const fleet = new FaultyFleet(size)
  await fleet.start()
  const file = new ConfigFile(join(folder, "bridge.yaml"), routes)
  file.write(fleet.addresses)
  const bridge = await startChild(main, ["--config", file.path], ["bridge", "admin"], join(folder, "bridge.log"))
  const metrics = new BridgeMetrics(bridge.addresses.get("admin") ?? "")
  await untilConnected(metrics)
  const load = new Load(bridge.addresses.get("bridge") ?? "")
  const faults = new EachSecond(async (second) => {
    await fleet.second(second)
    file.write(fleet.addresses)
    await metrics.read()
    if (second % 5 === 0) process.stderr.write(progress(second, load, fleet))
  })
  await load.run(seconds, rate)
  await faults.end()
  await fleet.calmDown()
  load.close()
  const left = await metrics.leftAfter(size)
  if (fleet.openCalls > 0) left.push(`${fleet.openCalls} calls are open at the endpoints`)
  const sums = await metrics.read()
  const reloads = (result: string): number => sums.get(`causeway_config_reloads_total{result="${result}"}`) ?? 0
  await bridge.stop()
  await fleet.close()
  const refusals = refusedReloads(join(folder, "bridge.log"))
  return {
    ...{ seconds, ratePerSecond: rate, members: fleet.members, interruptions: fleet.interruptions, left },
    ...{ calls: load.begun, lost: load.lost, missedCalls: load.missed, carriers: load.reports() },
    ...{ fileChanges: file.changes, reloads: { applied: reloads("applied"), refused: reloads("refused"), refusals } },
    attempts: fleet.members.flatMap(({ places }) => places).reduce((sum, { received }) => sum + received, 0),
    maxLoopDelayMs: metrics.maxLoopDelayMs,
  }
}

/** The run begins with a connection to each endpoint, so that the shares are those of the policy from the first call on. */
async function untilConnected(metrics: BridgeMetrics): Promise<void> {
  while ((await metrics.read()).get("causeway_upstream_sessions_open") !== size);
  metrics.maxLoopDelayMs = 0
}

/** The problems of reloads that failed, from the bridge's log. */
function refusedReloads(log: string): string[] {
  const lines = readFileSync(log, "utf8").split("\n")
  return lines
    .filter((line) => line.includes("the old configuration stays in force"))
    .flatMap((line) => (JSON.parse(line) as { readonly problems: readonly string[] }).problems)
}

function progress(second: number, load: Load, { interruptions }: FaultyFleet): string {
  return `${String(second).padStart(4)} s  ${load.begun} calls, ${load.ended - load.answered} lost, ${interruptions} interruptions\n`
}
