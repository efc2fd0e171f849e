// Makes each attack on a target beside a healthy neighbour, and judges the cost. `npm run attack -- --help`

import { join } from "node:path"
import { constants } from "node:os"
import { parseArgs, styleText } from "node:util"
import type { Attack } from "./attack.ts"
import { attacks } from "./attacks/list.ts"
import { killHelpers } from "./helper-process.ts"
import { measureAttack } from "./measure-attack.ts"
import { formatRow } from "./report.ts"
import type { Row } from "./report.ts"
import { bridgeTarget } from "./targets/bridge.ts"
import { envoyTarget } from "./targets/envoy.ts"
import type { TargetKind } from "./targets/target.ts"
import { judge } from "./verdict.ts"
import { saveRows, writeTable } from "./write-table.ts"

const usage = `Usage: npm run attack -- [options]

Attacks the bridge on loopback, each attack on a fresh process beside a healthy neighbour that makes 100 calls a second.
Needs Linux. A whole run takes about twelve minutes, a quick one about five. docs/reliability.md explains the figures.

  --only <attack,…>     these attacks alone
  --against <name,…>    bridge, envoy, or both (default: bridge)
  --quick               each attack with smaller numbers
  --check               the few attacks that are judged by counts alone, for a stage of checks
  --write               write what was seen into docs/reliability.md
  --bridge <main.ts>    attack the bridge of another checkout; nothing is kept of it then
  --max-memory-mb <n>   stop an attack when the target has so much memory (default: 2048)
  --list                print the attacks and end
  --help                print this and end

Exit code: 0 when the bridge passes every attack (other proxies are only looked at), 1 when it does not, 2 for an option that
is not known.
`

const ownMain = join(import.meta.dirname, "../../packages/bridge/src/main.ts")
const targetKinds: Readonly<Record<string, (main: string) => TargetKind | Promise<TargetKind>>> = {
  bridge: bridgeTarget,
  envoy: envoyTarget,
}

process.on("exit", killHelpers)
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]))
}
process.exitCode = await main()

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      only: { type: "string" },
      against: { type: "string", default: "bridge" },
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      bridge: { type: "string" },
      "max-memory-mb": { type: "string", default: "2048" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  })
  if (flags.help) return print(usage)
  if (flags.list) return print(attacks.map(({ id, title }) => `${id.padEnd(26)} ${title}`).join("\n"))
  const names = flags.against.split(",")
  const wanted = flags.only?.split(",") ?? null
  const problem = unknownOf(names, Object.keys(targetKinds), "proxy") ?? unknownOf(wanted ?? [], attackIds(), "attack")
  if (problem !== null) return print(problem, 2)
  const selected = attacks.filter(
    ({ id, isInCheck }) => (wanted?.includes(id) ?? true) && (!flags.check || isInCheck === true),
  )
  const options = { isQuick: flags.quick, maxRss: Number(flags["max-memory-mb"]) * 2 ** 20 }
  let hasFailed = false
  for (const name of names) {
    const kind = await targetKinds[name](flags.bridge ?? ownMain)
    const { rows, hasFailed: isDefeated } = await attackAll(kind, selected, options)
    if (flags.bridge === undefined) saveRows(name, kind, rows)
    if (name === "bridge" && isDefeated) hasFailed = true
  }
  if (flags.write) writeTable()
  return hasFailed ? 1 : 0
}

async function attackAll(
  kind: TargetKind,
  selected: readonly Attack[],
  options: Parameters<typeof measureAttack>[2],
): Promise<{ readonly rows: readonly Row[]; readonly hasFailed: boolean }> {
  console.log(`\n${styleText("bold", `${kind.name} ${kind.version}`)}`)
  const [rows, broken, startMs]: [Row[], string[], number] = [[], [], performance.now()]
  for (const attack of selected) {
    if (!kind.takes(attack)) continue
    try {
      const measured = await measureAttack(kind, attack, options)
      const row = { attack, measured, verdict: judge(attack, measured) }
      rows.push(row)
      console.log(formatRow(row))
    } catch (error) {
      broken.push(attack.id)
      console.log(`${styleText("red", "✗")} ${attack.id} could not be measured: ${(error as Error).message}`)
    }
  }
  const defeated = rows.filter(({ verdict }) => verdict.problems.length > 0).map(({ attack }) => attack.id)
  const failed = [...defeated, ...broken]
  const elapsed = `${Math.round((performance.now() - startMs) / 1_000)} s`
  console.log(`\n${rows.length - defeated.length} of ${rows.length + broken.length} attacks are withstood (${elapsed})`)
  if (failed.length > 0) console.log(`Again, what is not: npm run attack -- --only ${failed.join(",")}`)
  return { rows, hasFailed: failed.length > 0 }
}

function attackIds(): string[] {
  return attacks.map(({ id }) => id)
}

function unknownOf(given: readonly string[], known: readonly string[], kind: string): string | null {
  const unknown = given.filter((name) => !known.includes(name))
  return unknown.length === 0 ? null : `No ${kind} is called ${unknown.join(" or ")}; known: ${known.join(", ")}.`
}

function print(text: string, exitCode = 0): number {
  console.log(text)
  return exitCode
}
