// Fuzzes the parsers, guided by what of their code each input runs: `npm run fuzz -- --seconds 600`, docs/fuzzing.md.

import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { parseArgs, styleText } from "node:util"
import { root } from "./checks/exec.ts"
import { readCorpus, writeCorpus } from "./fuzz/corpus.ts"
import type { Exploration, Finding } from "./fuzz/explore.ts"
import { fuzzTarget } from "./fuzz/fuzz-target.ts"
import type { FuzzTarget } from "./fuzz/target.ts"

const usage = `Usage: npm run fuzz -- [options]

  --seconds <n>    for all targets together (default 60)
  --target <name>  this one alone
  --seed <n>       repeats a run (default: another every time, which is printed)
  --replay <file>  try the one input in this file
  --keep           write what was found worthy into the corpus, to be committed
  --report <file>  write what came of each target, as JSON
  --list           print the targets and end
  --help           print this and end

Exit code: 0 when nothing was found, 1 when something was, 2 when the arguments are wrong.
`

const modules = ["packages/protocol/fuzz/targets.ts", "packages/bridge/fuzz/targets.ts"]
const maxBytes = 512

/** A target, and the module that it is in. */
interface Located {
  readonly module: string
  readonly target: FuzzTarget
}

process.exitCode = await main()

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      target: { type: "string" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
      replay: { type: "string" },
      keep: { type: "boolean", default: false },
      report: { type: "string" },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
  })
  if (flags.help === true) return print(usage)
  const all = (await Promise.all(modules.map(load))).flat()
  if (flags.list === true) return print(all.map(({ target }) => target.name).join("\n"))
  const selected = all.filter(({ target }) => target.name === (flags.target ?? target.name))
  if (selected.length === 0) return print(`No target is called ${flags.target}; --list prints the names.`, 2)
  const [seconds, seed] = [Number(flags.seconds), Number(flags.seed)]
  if (!(seconds > 0) || !Number.isSafeInteger(seed)) return print(`--seconds and --seed take numbers.\n\n${usage}`, 2)
  if (flags.replay !== undefined) {
    if (flags.target === undefined) return print("--replay needs the --target that the input is for.", 2)
    return replay(selected[0], flags.replay)
  }
  console.log(`seed ${seed}\n\n  target               inputs  of worth   reached`)
  const results = []
  for (const one of selected) results.push(await fuzz(one, seed, (seconds * 1000) / selected.length, flags.keep))
  if (flags.report !== undefined) writeFileSync(flags.report, JSON.stringify(results))
  return results.some(({ problem }) => problem !== null) ? 1 : 0
}

async function load(path: string): Promise<Located[]> {
  const module = pathToFileURL(join(root, path)).href
  const { targets } = (await import(module)) as { readonly targets: readonly FuzzTarget[] }
  return targets.map((target) => ({ module, target }))
}

async function fuzz(
  { module, target: { name } }: Located,
  seed: number,
  maxMs: number,
  isKept: boolean,
): Promise<{ name: string; runs: number; problem: string | null }> {
  const bounds = { seed, maxRuns: Infinity, maxMs, maxBytes }
  const exploration = await fuzzTarget(module, name, bounds, { given: readCorpus(module, name) })
  const { runs, finding, inputs } = exploration
  console.log(row(name, exploration))
  if (finding !== null) tell(name, finding)
  else if (isKept) writeCorpus(module, name, inputs)
  return { name, runs, problem: finding?.problem ?? null }
}

function row(name: string, { runs, inputs, reached, finding }: Exploration): string {
  const mark = finding === null ? styleText("green", "✓") : styleText("red", "✗")
  return `${mark} ${name.padEnd(18)} ${String(runs).padStart(8)}  ${String(inputs.length).padStart(8)}  ${String(reached).padStart(8)}`
}

/** Says what was found, keeps the input and says how to see it again. */
function tell(name: string, { problem, input }: Finding): void {
  const hash = createHash("sha256").update(input).digest("hex").slice(0, 12)
  const folder = join(root, ".cache/fuzz")
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}-${hash}`)
  writeFileSync(file, input)
  console.log(`\n${problem}\n\nThe input: ${JSON.stringify(Buffer.from(input).toString("latin1").slice(0, 400))}`)
  console.log(`Again: npm run fuzz -- --target ${name} --replay ${file}\n`)
}

async function replay({ module, target }: Located, file: string): Promise<number> {
  const given = [Uint8Array.from(readFileSync(file))]
  const { finding } = await fuzzTarget(module, target.name, { seed: 0, maxRuns: 0, maxMs: 0, maxBytes }, { given })
  return finding === null ? print("Nothing is wrong with this input.") : print(finding.problem, 1)
}

function print(text: string, exitCode = 0): number {
  console.log(text)
  return exitCode
}
