// `npm run bench`: what a call costs the bridge, beside other programs or an earlier bridge in the same run. docs/performance.md
// explains the figures.

import { mkdtempSync, rmSync } from "node:fs"
import { constants, tmpdir } from "node:os"
import { join } from "node:path"
import { killChildren } from "./child.ts"
import { pinProblem } from "./cores.ts"
import { evaluate } from "./evaluate.ts"
import { readOptions, usage } from "./options.ts"
import { formatReport, machine } from "./report.ts"
import { runRounds } from "./rounds.ts"
import type { Scene } from "./scene.ts"
import { startScene } from "./scene.ts"
import { writePerformance } from "./write-performance.ts"

let scene: Scene | null = null
const folder = mkdtempSync(join(tmpdir(), "causeway-bench-"))
process.on("exit", () => {
  killChildren()
  scene?.kill()
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]))
}
process.exit(await main().catch((error: Error) => complain(error.message))) // after a failure some children still run

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options.output === "help") {
    process.stdout.write(usage)
    return 0
  }
  if (process.platform !== "linux") return complain("CPU times come from /proc, which only Linux has")
  const where = machine()
  process.stderr.write(`Node ${where.node}, ${where.cores} x ${where.cpu}, load average ${where.load.toFixed(1)}\n`)
  const unpinned = pinProblem()
  scene = await startScene(folder, unpinned === null)
  const run = await runRounds(scene, options, folder, (progress) => process.stderr.write(`${progress}\n`))
  await scene.stop()
  const results = run.series.filter(({ samples }) => samples.size > 0).map(evaluate)
  const missing = [...(unpinned === null ? [] : [`processes kept on their cores: ${unpinned}`]), ...run.missing]
  const asJson = (): string => `${JSON.stringify({ machine: where, options, missing, results }, null, 2)}\n`
  process.stdout.write(options.output === "json" ? asJson() : formatReport(results, missing))
  if (options.writes) writePerformance(results, missing, where, options.rounds)
  return 0
}

function complain(problem: string): number {
  process.stderr.write(`bench: ${problem}\n`)
  return 1
}
