import { styleText } from "node:util"
import type { Attack } from "./attack.ts"
import type { Measured } from "./measure-attack.ts"
import type { Verdict } from "./verdict.ts"
import { mebibytes, seconds } from "./verdict.ts"

/** The measurements and the verdict of one attack on one target. */
export interface Row {
  readonly attack: Pick<Attack, "id" | "title">
  readonly measured: Measured
  readonly verdict: Verdict
}

/** Returns a row for the terminal. */
export function formatRow({ attack, measured, verdict }: Row): string {
  const mark = verdict.problems.length === 0 ? styleText("green", "✓") : styleText("red", "✗")
  const { report, peakRss, idleRss, spentBytes, cpu } = measured
  const facts = [
    `lost ${lostText(measured, verdict)}`,
    `p50 ${ms(measured.during?.p50Ms)} p99 ${ms(measured.during?.p99Ms)} (quiet p99 ${ms(measured.quiet?.p99Ms)})`,
    `memory +${mebibytes(Math.max(0, peakRss - idleRss))} for ${mebibytes(spentBytes)} sent (${ratio(verdict.memoryRatio)})`,
    `CPU ${seconds(cpu.target)} : ${seconds(cpu.attacker)}`,
    leftText(measured),
    ...Object.entries(report.notes).map(([name, value]) => `${name} ${value}`),
  ]
  const problems = verdict.problems.map((problem) => `\n       ${styleText("red", problem)}`)
  return `${mark} ${attack.id.padEnd(24)} ${attack.title}\n       ${styleText("dim", facts.join(" · "))}${problems.join("")}`
}

/** Returns the cells of a row of docs/reliability.md that follow the attack's title. */
export function cellsOf({ measured, verdict }: Row): string[] {
  const { during, quiet, peakRss, idleRss } = measured
  const slower = during === null || quiet === null ? "–" : `${(during.p99Ms / Math.max(0.1, quiet.p99Ms)).toFixed(1)} ×`
  return [
    lostText(measured, verdict),
    during === null ? "–" : `${ms(during.p50Ms)} / ${ms(during.p99Ms)} (${slower})`,
    `${mebibytes(Math.max(0, peakRss - idleRss))} (${ratio(verdict.memoryRatio)})`,
    verdict.cpuRatio === null ? "–" : ratio(verdict.cpuRatio),
    leftText(measured),
    verdict.problems.length === 0 ? "✓" : `✗ ${verdict.problems.join("; ")}`,
  ]
}

function lostText({ during }: Measured, { lost }: Verdict): string {
  return lost === null || during === null ? "–" : `${lost} of ${during.calls}`
}

function leftText({ left }: Measured): string {
  if (left === null) return "ended"
  const calls = left.callsInFlight === null ? "" : `, ${left.callsInFlight} calls`
  const heap =
    left.heapGrowth === null ? "" : `, heap ${left.heapGrowth < 0 ? "−" : "+"}${mebibytes(Math.abs(left.heapGrowth))}`
  return `${left.sockets} sockets${calls}${heap}`
}

function ms(value: number | undefined): string {
  return value === undefined ? "–" : `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

function ratio(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ×`
}
