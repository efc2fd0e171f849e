import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Result } from "./evaluate.ts"
import { plotRatios } from "./plot.ts"
import type { Machine } from "./report.ts"
import { digitsOf, goalText, unitNames } from "./report.ts"

const docs = join(import.meta.dirname, "../../../docs")
const page = join(docs, "performance.md")
const [begin, end] = ["<!-- results of npm run bench -- --write -->", "<!-- end of the results -->"]

/**
 * Replaces the results in docs/performance.md, and the plot beside it.
 * @throws when the page has no place for them
 */
export function writePerformance(
  results: readonly Result[],
  missing: readonly string[],
  { node, cpu, cores, load }: Machine,
  rounds: number,
): void {
  const text = readFileSync(page, "utf8")
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no lines "${begin}" and "${end}" for the results`)
  const where = `Node ${node}, ${cores} x ${cpu}, load average ${load.toFixed(1)} at the start; ${rounds} rounds.`
  const notMeasured = missing.length === 0 ? "" : `\nNot measured:\n\n${missing.map((one) => `- ${one}\n`).join("")}`
  const section = `${begin}\n\n${where} Medians (least..most); the ratio is the median of the rounds' ratios.\n
![Ratios of all programs and workloads](performance.svg)\n\n${table(results)}${notMeasured}\n`
  writeFileSync(page, text.slice(0, from) + section + text.slice(to))
  writeFileSync(join(docs, "performance.svg"), plotRatios(results))
}

function table(results: readonly Result[]): string {
  const lines = results.flatMap(({ name, unit, reference, subjects, goals }) =>
    subjects.map(({ name: subject, median, min, max, ratio }, i) => {
      const digits = digitsOf(median.value)
      const figure = `${median.value.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`
      const ratios = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)}) x ${reference}`
      const own = goals.filter((goal) => goal.subject === subject).map(goalText)
      const title = i === 0 ? `${name}, ${unitNames[unit]}` : ""
      return `| ${title} | ${subject} | ${figure} | ${median.p99.toFixed(1)} | ${ratios} | ${own.join("; ")} |\n`
    }),
  )
  return `| | program | median | p99 ms | ratio | |\n|---|---|--:|--:|--:|---|\n${lines.join("")}`
}
