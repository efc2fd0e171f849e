import { cpus, loadavg } from "node:os"
import type { GoalResult, Result, SubjectResult } from "./evaluate.ts"
import type { Workload } from "./workloads.ts"

/** The figure of each unit. */
export const unitNames: Readonly<Record<Workload["unit"], string>> = {
  call: "CPU us per call",
  message: "CPU us per message",
  stream: "KB of memory per idle stream",
  start: "ms from start to first answer",
}

/** The results for a person. */
export function formatReport(results: readonly Result[], missing: readonly string[]): string {
  const header = row("", "median", "(min..max)", "user", "system", "p50 ms", "p99 ms", "p99.9", "x", "(min..max)")
  const lines = [header]
  for (const { name, unit, reference, subjects, goals } of results) {
    lines.push("", `${name}: ${unitNames[unit]}; x ${reference}`)
    for (const subject of subjects) lines.push(subjectRow(subject, unit))
    for (const goal of goals) lines.push(`  ${goalText(goal)}`)
  }
  if (missing.length > 0) lines.push("", "Not measured:", ...missing.map((one) => `  ${one}`))
  return `${lines.join("\n")}\n`
}

/** A goal and what was reached, in words. */
export function goalText({ subject, figure, most, beside, measured, isMet }: GoalResult): string {
  const limit = beside === null ? `at most ${most}` : `at most ${most} x ${beside}`
  const what = figure === "p99" ? "p99 " : ""
  return `goal: ${what}${limit}; ${subject} ${measured.toFixed(2)}: ${isMet ? "met" : "MISSED"}`
}

/** Where the figures were measured. */
export interface Machine {
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly load: number
}

/** The machine that produces the figures. */
export function machine(): Machine {
  const all = cpus()
  return { node: process.version, cpu: all[0]?.model ?? "?", cores: all.length, load: loadavg()[0] }
}

/** A figure with as many digits as mean something. */
export function digitsOf(value: number): number {
  return Math.abs(value) < 10 ? 2 : 1
}

function subjectRow({ name, median, min, max, ratio }: SubjectResult, unit: Workload["unit"]): string {
  const digits = digitsOf(median.value)
  const isCpu = unit === "call" || unit === "message"
  const parts = isCpu ? [median.user, median.system].map((value) => value.toFixed(digits)) : ["", ""]
  const latency = isCpu ? [median.p50, median.p99, median.p999].map((value) => value.toFixed(1)) : ["", "", ""]
  const ratios = [ratio.median.toFixed(2), `(${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)})`]
  const range = `(${min.toFixed(digits)}..${max.toFixed(digits)})`
  return row(name, median.value.toFixed(digits), range, ...parts, ...latency, ...ratios)
}

function row(name: string, figure: string, range: string, ...rest: readonly string[]): string {
  const cells = rest.map((cell) => cell.padStart(cell.startsWith("(") ? 14 : 8))
  return `  ${name.padEnd(16)}${figure.padStart(8)}  ${range.padEnd(18)}${cells.join("")}`
}
