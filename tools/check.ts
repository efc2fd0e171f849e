// Runs the checks that a change needs, or all that there are, or some: `npm test`, `npm test -- --all`, `npm test -- --only lint`.

import { parseArgs, styleText } from "node:util"
import { endTogether } from "./checks/exec.ts"
import { stages, type Stage } from "./checks/stages.ts"
import type { Tally } from "./checks/tally.ts"

interface Result extends Tally {
  readonly name: string
  readonly ms: number
}

const usage = `Usage: npm test -- [options]

  --all             run every stage, in full; without it those that need minutes, or more than Node and a browser, stay out,
                    and the browser stage runs in Chromium alone
  --only <stage,…>  run these stages alone
  --list            print the stages and end
  --help            print this and end
`

endTogether()
process.exitCode = await main()

async function main(): Promise<number> {
  const options = {
    all: { type: "boolean" },
    only: { type: "string" },
    list: { type: "boolean" },
    help: { type: "boolean" },
  } as const
  const { values: flags } = parseArgs({ options })
  const isAll = flags.all === true
  const wanted =
    flags.only?.split(",") ?? stages.filter((stage) => isAll || stage.isExtra !== true).map(({ name }) => name)
  const unknown = wanted.filter((name) => stages.every((stage) => stage.name !== name))
  if (unknown.length > 0) return print(`No stage is called ${unknown.join(" or ")}; --list prints the names.`, 2)
  if (flags.help === true) return print(usage)
  if (flags.list === true) return print(stages.map(listLine).join("\n"))
  const selected = stages.filter(({ name }) => wanted.includes(name))
  return summarize(await runStages(selected, isAll))
}

/** The quiet stages two at a time, for most of them keep one core busy; then the live ones, one by one. */
async function runStages(selected: readonly Stage[], isAll: boolean): Promise<Result[]> {
  const results: Result[] = []
  for (const stage of selected) stage.prepare?.(isAll)
  const queue = selected.filter(({ isLive }) => isLive !== true)
  const lane = async (): Promise<void> => {
    for (let stage = queue.shift(); stage !== undefined; stage = queue.shift())
      results.push(await runStage(stage, isAll))
  }
  await Promise.all([lane(), lane()])
  for (const stage of selected) {
    if (stage.isLive !== true) continue
    console.log(`\n${styleText("bold", stage.name)}  ${stage.about}`)
    results.push(await runStage(stage, isAll))
  }
  return results.sort((a, b) => order(a) - order(b))
}

function order({ name }: Result): number {
  return stages.findIndex((stage) => stage.name === name)
}

async function runStage(stage: Stage, isAll: boolean): Promise<Result> {
  const startMs = performance.now()
  const tally = await stage.run(isAll).catch((error: unknown): Tally => ({
    passed: 0,
    failed: 1,
    skipped: 0,
    output: String((error as Error).stack),
    notes: [],
  }))
  const result = { ...tally, name: stage.name, ms: performance.now() - startMs }
  console.log(`${row(result)}  ${styleText("dim", stage.about)}`)
  if (result.output !== "") console.log(result.output)
  return result
}

function summarize(results: readonly Result[]): number {
  const total = (key: "passed" | "failed" | "skipped"): number => results.reduce((sum, result) => sum + result[key], 0)
  console.log(`\n  stage          passed  failed  skipped      time`)
  for (const result of results) console.log(row(result))
  console.log(`${seconds(performance.now()).padStart(46)} in all`)
  const notes = results.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`))
  if (notes.length > 0) console.log(`\n${notes.join("\n")}`)
  const failed = results.filter((result) => result.failed > 0).map(({ name }) => name)
  if (failed.length > 0) console.log(`\nAgain, what failed: npm test -- --only ${failed.join(",")}`)
  return print(
    `\n${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped`,
    failed.length > 0 ? 1 : 0,
  )
}

function listLine({ name, about, isExtra = false }: Stage): string {
  return `${name.padEnd(12)} ${isExtra ? "with --all  " : "            "} ${about}`
}

function row({ name, passed, failed, skipped, ms }: Result): string {
  const mark = failed > 0 ? styleText("red", "✗") : passed > 0 ? styleText("green", "✓") : styleText("yellow", "-")
  const counts = `${String(passed).padStart(6)}  ${String(failed).padStart(6)}  ${String(skipped).padStart(7)}`
  return `${mark} ${name.padEnd(14)} ${counts}  ${seconds(ms).padStart(8)}`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function print(text: string, exitCode = 0): number {
  console.log(text)
  return exitCode
}
