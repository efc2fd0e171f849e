// Writes docs/interop.md from the stored tables of the runs: `.cache/interop/*.json` and `.cache/wire/*.json`. A
// section stays unchanged if its run was not made on this machine, so that there is no table for it.

import { globSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../tools/checks/exec.ts"
import type { Matrix, MatrixCell } from "./matrix.ts"

const page = join(root, "docs/interop.md")
const head = `# Interop

<!-- Written by e2e/interop/write-document.ts from the runs of \`pnpm interop\` and \`pnpm wire\`. -->

This page shows the bridge with other projects' clients, the client with other projects' servers, and both with gRPC's own interop tests.
✓ means that the test passed, — that it did not run. A number is a footnote: a limit of the other side, which the run has verified.
`
const mark = /^<!-- section: (.*) -->$/m

/** Writes the stored tables into the page. */
export function writeDocument(): void {
  const text = sections().map(([name, text]) => `<!-- section: ${name} -->\n\n${text}`)
  writeFileSync(page, [head, ...text].join("\n"))
}

/** All sections by name, in order: the sections of the page, replaced by the tables of the runs. */
function sections(): [name: string, text: string][] {
  const made = globSync(".cache/{interop,wire}/*.json", { cwd: root }).map((file): [string, string] => {
    const matrix = JSON.parse(readFileSync(join(root, file), "utf8")) as Matrix
    return [file.replace(/^\.cache\/(.*)\.json$/, "$1"), sectionOf(matrix)]
  })
  return [...new Map([...writtenSections(), ...made])].sort(([a], [b]) => (a < b ? -1 : 1))
}

function writtenSections(): [name: string, text: string][] {
  const [, ...parts] = readPage().split(mark)
  return Array.from({ length: parts.length / 2 }, (_, i) => [parts[2 * i], parts[2 * i + 1].trim() + "\n"])
}

function readPage(): string {
  try {
    return readFileSync(page, "utf8")
  } catch {
    return ""
  }
}

function sectionOf({ heading, about, rowsAre, columns, rows }: Matrix): string {
  const footnotes: string[] = []
  const lines = rows.map(({ name, cells }) => line([name, ...cells.map((cell) => text(cell, footnotes))]))
  const table = [line([rowsAre, ...columns]), line(["---", ...columns.map(() => ":-:")]), ...lines].join("\n")
  const notes = footnotes.map((reason, i) => `${i + 1}. ${reason}`).join("\n")
  return [`## ${heading}`, about, table, ...(notes === "" ? [] : [notes])].join("\n\n") + "\n"
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
}

/** The text of a cell, with a reference to the footnote of its reason. Equal reasons share a footnote. */
function text(cell: MatrixCell | null, footnotes: string[]): string {
  if (cell === null) return ""
  const cite = (reason: string): string => {
    if (!footnotes.includes(reason)) footnotes.push(reason)
    return `<sup>${footnotes.indexOf(reason) + 1}</sup>`
  }
  switch (cell.kind) {
    case "pass":
      return "✓"
    case "fail":
      return `✗ ${cite(cell.reason)}`
    case "limit":
      return cite(cell.reason)
    case "skip":
      return `— ${cite(cell.reason)}`
    case "text":
      return cell.reason === undefined ? cell.text : `${cell.text} ${cite(cell.reason)}`
  }
}

if (import.meta.main) writeDocument()
