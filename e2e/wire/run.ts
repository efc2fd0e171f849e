// Runs the wire list against the bridge or another proxy and prints the results: `npm run wire -- --against
// bridge,envoy`.

import { parseArgs, styleText } from "node:util"
import { endTogether } from "../../tools/checks/exec.ts"
import { saveMatrix } from "../interop/matrix.ts"
import { writeDocument } from "../interop/write-document.ts"
import { themes } from "./cases/themes.ts"
import { judge, type Judged } from "./judge.ts"
import { saveResults } from "./results.ts"
import { startLab } from "./scene.ts"
import type { Target } from "./target.ts"
import { bridgeTarget } from "./targets/bridge.ts"
import { envoyTarget } from "./targets/envoy.ts"
import { wireMatrix } from "./wire-matrix.ts"

const targets = { bridge: bridgeTarget, envoy: envoyTarget } as const
type TargetName = keyof typeof targets

const usage = `Usage: node e2e/wire/run.ts [options]

  --against <name,…>  bridge, envoy, or both (default: bridge)
  --only <id,…>       these rules and cases alone (C13, R4); nothing is kept of it then
  --write             write what was seen into docs/interop.md
  --help              print this and end

Exit code: 0 when every case holds at the bridge (other proxies are only looked at), 1 when one does not, 2 when a proxy
could not be had.
`

endTogether()
process.exitCode = await main()

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      against: { type: "string", default: "bridge" },
      only: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  })
  if (flags.help === true) return print(usage)
  const names = flags.against.split(",")
  const unknown = names.filter((name) => !(name in targets))
  if (unknown.length > 0) return print(`No proxy is called ${unknown.join(" or ")}; known: bridge, envoy.`, 2)
  const only = flags.only?.split(",") ?? null
  let exitCode = 0
  for (const name of names as TargetName[]) {
    let target: Target
    try {
      target = await targets[name]()
    } catch (error) {
      return print((error as Error).message, 2)
    }
    const results = await runAll(target, only)
    if (only === null) saveResults(name, { target: target.name, version: target.version, results })
    if (name === "bridge" && results.some(({ outcome }) => outcome === "fail")) exitCode = 1
  }
  const matrix = wireMatrix()
  if (matrix !== null) await saveMatrix("wire/list", matrix)
  if (flags.write) writeDocument()
  return exitCode
}

async function runAll(target: Target, only: readonly string[] | null): Promise<Judged[]> {
  console.log(`\n${styleText("bold", `${target.name} ${target.version}`)}`)
  const results: Judged[] = []
  const lab = await startLab(target)
  for (const wireCase of themes.flatMap(([, cases]) => cases)) {
    if (only !== null && !only.includes(wireCase.id)) continue
    const judged = await judge(lab, wireCase)
    results.push(judged)
    console.log(row(judged))
  }
  await lab.close()
  const count = (outcome: string): number => results.filter((one) => one.outcome === outcome).length
  console.log(`${count("pass")} hold, ${count("fail")} do not, ${count("n/a")} not applicable`)
  return results
}

function row({ id, title, outcome, seen }: Judged): string {
  const mark = { pass: styleText("green", "✓"), fail: styleText("red", "✗"), "n/a": styleText("yellow", "-") }[outcome]
  return `${mark} ${id.padEnd(4)} ${title}\n       ${styleText("dim", seen)}`
}

function print(text: string, exitCode = 0): number {
  console.log(text)
  return exitCode
}
