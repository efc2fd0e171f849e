// Writes the table of docs/reliability.md between its two marks. The rows of each target are stored in .cache/attack, so a run
// against one target keeps the rows of the others.

import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { root } from "../../tools/checks/exec.ts"
import { attacks } from "./attacks/list.ts"
import { cellsOf } from "./report.ts"
import type { Row } from "./report.ts"
import type { TargetKind } from "./targets/target.ts"

interface Saved {
  readonly name: string
  readonly version: string
  readonly rows: readonly Row[]
}

const folder = join(root, ".cache/attack")
const page = join(root, "docs/reliability.md")
const [begin, end] = ["<!-- attacks: begin -->", "<!-- attacks: end -->"]
const columns = [
  ...["attack", "on", "neighbour's lost calls", "neighbour's p50 / p99 (p99 : quiet p99)"],
  ...["memory (: sent)", "CPU : attacker's", "left afterwards", "passes"],
]

/** Stores the rows of a target. Rows of attacks that were not made stay unchanged. */
export function saveRows(name: string, { name: shown, version }: TargetKind, rows: readonly Row[]): void {
  const made = new Map(
    [...(load(join(folder, `${name}.json`))?.rows ?? []), ...rows].map((row) => [row.attack.id, row]),
  )
  mkdirSync(folder, { recursive: true })
  const saved: Saved = { name: shown, version, rows: [...made.values()] }
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(saved))
}

/** Writes the stored rows into the page. @throws when the page has no marks */
export function writeTable(): void {
  const text = readFileSync(page, "utf8")
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/reliability.md needs the lines ${begin} and ${end}, in this order`)
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${table()}\n${text.slice(to)}`)
}

function table(): string {
  const saved = globSync("*.json", { cwd: folder })
    .sort()
    .flatMap((file) => load(join(folder, file)) ?? [])
  const rows = attacks.flatMap(({ id, title }) =>
    saved.flatMap(({ name, rows: all }) => {
      const row = all.find(({ attack }) => attack.id === id)
      return row === undefined ? [] : [line([`${title} (\`${id}\`)`, name, ...cellsOf(row)])]
    }),
  )
  const targets = saved.map(({ name, version }) => `${name} ${version}`).join(", ")
  const where = `${targets}; Node ${process.versions.node}; ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}.`
  return [where, "", line(columns), line(columns.map(() => "---")), ...rows, ""].join("\n")
}

function load(file: string): Saved | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Saved
  } catch {
    return null
  }
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |`
}

if (import.meta.main) writeTable()
