import { cpus, loadavg } from "node:os"
import type { Sample, Subject } from "./measure.ts"
import type { Workload } from "./workloads.ts"

/** The samples of one workload, round by round. */
export interface Series {
  readonly workload: Workload
  readonly samples: Readonly<Record<Subject["name"], readonly Sample[]>>
}

/** What all rounds of one workload say. CPU in microseconds, latencies in milliseconds. */
export interface Result {
  readonly name: string
  readonly unit: Workload["unit"]
  readonly relay: Spread
  readonly bridge: Spread
  /** Of CPU, bridge to relay: of the medians, and the least and greatest of a round. */
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number }
  readonly goal: string
  readonly isMet: boolean
}

/** Medians over the rounds; `min` and `max` are of `cpu`. */
interface Spread extends Sample {
  readonly min: number
  readonly max: number
}

const maxUnaryRatio = 1.5
const maxMessageMicros = 2

/** Sums the rounds up and holds them against the goals. */
export function evaluate({ workload, samples }: Series): Result {
  const { name, unit } = workload
  const [relay, bridge] = [spread(samples.relay), spread(samples.bridge)]
  const ratios = samples.bridge.map(({ cpu }, round) => cpu / samples.relay[round].cpu)
  const ratio = { median: bridge.cpu / relay.cpu, min: Math.min(...ratios), max: Math.max(...ratios) }
  const verdict =
    unit === "call"
      ? { goal: `at most ${maxUnaryRatio} x relay`, isMet: ratio.median <= maxUnaryRatio }
      : { goal: `at most ${maxMessageMicros} us`, isMet: bridge.cpu <= maxMessageMicros }
  return { name, unit, relay, bridge, ratio, ...verdict }
}

/** The results for a person. */
export function formatReport(results: readonly Result[]): string {
  const lines = [row("", "CPU us", "(min..max)", "user", "system", "p50 ms", "p99 ms")]
  for (const { name, unit, relay, bridge, ratio, goal, isMet } of results) {
    lines.push("", `${name}, per ${unit}`, spreadRow("relay", relay), spreadRow("bridge", bridge))
    lines.push(
      row("bridge / relay", ratio.median.toFixed(2), range(ratio, 2), `  goal: ${goal}: ${isMet ? "met" : "MISSED"}`),
    )
  }
  return `${lines.join("\n")}\n`
}

/** Where the figures come from, without which they mean little. */
export function machine(): { node: string; cpu: string; cores: number; load: number } {
  const cores = cpus()
  return { node: process.version, cpu: cores[0]?.model ?? "?", cores: cores.length, load: loadavg()[0] }
}

function spread(samples: readonly Sample[]): Spread {
  const of = (key: keyof Sample): number => median(samples.map((sample) => sample[key]))
  const cpu = samples.map((sample) => sample.cpu)
  const middle = { cpu: of("cpu"), user: of("user"), system: of("system"), p50: of("p50"), p99: of("p99") }
  return { ...middle, min: Math.min(...cpu), max: Math.max(...cpu) }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function spreadRow(name: string, spread: Spread): string {
  const digits = spread.cpu < 10 ? 2 : 1
  const cpu = [spread.user, spread.system].map((value) => value.toFixed(digits))
  const latency = [spread.p50, spread.p99].map((value) => value.toFixed(1))
  return row(name, spread.cpu.toFixed(digits), range(spread, digits), ...cpu, ...latency)
}

function range({ min, max }: { readonly min: number; readonly max: number }, digits: number): string {
  return `(${min.toFixed(digits)}..${max.toFixed(digits)})`
}

function row(name: string, figure: string, spread: string, ...rest: readonly string[]): string {
  return `  ${name.padEnd(16)}${figure.padStart(8)}  ${spread.padEnd(16)}${rest.map((cell) => cell.padStart(8)).join("")}`
}
