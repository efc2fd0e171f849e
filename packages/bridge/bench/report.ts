import { cpus, loadavg } from "node:os"
import type { Sample, Subject } from "./measure.ts"
import type { Workload } from "./workloads.ts"

/** The samples of one workload, round by round. */
export interface Series {
  readonly workload: Workload
  readonly referenceName: Subject["name"]
  readonly reference: readonly Sample[]
  readonly bridge: readonly Sample[]
}

/** Summary of all rounds of one workload. CPU in microseconds, latencies in milliseconds. */
export interface Result {
  readonly name: string
  readonly unit: Workload["unit"]
  readonly referenceName: Subject["name"]
  readonly reference: Spread
  readonly bridge: Spread
  /** Of the rounds' ratios of CPU, bridge to reference: the median, both quartiles, and the least and greatest. */
  readonly ratio: Ratio
  readonly goal: string
  readonly isMet: boolean
}

interface Ratio {
  readonly median: number
  readonly quartiles: readonly [number, number]
  readonly min: number
  readonly max: number
}

/** Medians over the rounds; `min` and `max` are of `cpu`. */
interface Spread extends Sample {
  readonly min: number
  readonly max: number
}

const maxUnaryRatio = 1.5
const maxMessageMicros = 2
/** Of the bridge to its earlier self: two runs of one and the same differ by as much. */
const maxPairedRatio = 1.02
/** Of a bridge with many routes and endpoints to one with a single upstream. */
const maxFleetRatio = 1.1
const maxRatios: Readonly<Record<Series["referenceName"], number>> = {
  relay: maxUnaryRatio,
  earlier: maxPairedRatio,
  "one-upstream": maxFleetRatio,
  bridge: 1,
}

/** Summarises the rounds and compares them with the goals. */
export function evaluate({ workload, referenceName, reference, bridge }: Series): Result {
  const { name, unit } = workload
  const ratios = bridge.map(({ cpu }, round) => cpu / reference[round].cpu)
  const ratio: Ratio = {
    median: quantile(ratios, 0.5),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    min: Math.min(...ratios),
    max: Math.max(...ratios),
  }
  const result = { name, unit, referenceName, reference: spread(reference), bridge: spread(bridge), ratio }
  return { ...result, ...judge(result) }
}

function judge({ unit, referenceName, bridge, ratio }: Omit<Result, "goal" | "isMet">): Pick<Result, "goal" | "isMet"> {
  if (unit === "message" && referenceName === "relay") {
    return { goal: `at most ${maxMessageMicros} us`, isMet: bridge.cpu <= maxMessageMicros }
  }
  const most = maxRatios[referenceName]
  return { goal: `at most ${most} x ${referenceName}`, isMet: ratio.median <= most }
}

/** The results for a person. */
export function formatReport(results: readonly Result[]): string {
  const lines = [row("", "CPU us", "(min..max)", "user", "system", "p50 ms", "p99 ms")]
  for (const { name, unit, referenceName, reference, bridge, ratio, goal, isMet } of results) {
    lines.push("", `${name}, per ${unit}`, spreadRow(referenceName, reference), spreadRow("bridge", bridge))
    const [lower, upper] = ratio.quartiles
    lines.push(
      row(`bridge / ${referenceName}`, ratio.median.toFixed(3), range(ratio, 2)) +
        `  half of them ${lower.toFixed(2)}..${upper.toFixed(2)}; goal: ${goal}: ${isMet ? "met" : "MISSED"}`,
    )
  }
  return `${lines.join("\n")}\n`
}

/** The machine that produced the figures. */
export function machine(): { node: string; cpu: string; cores: number; load: number } {
  const cores = cpus()
  return { node: process.version, cpu: cores[0]?.model ?? "?", cores: cores.length, load: loadavg()[0] }
}

function spread(samples: readonly Sample[]): Spread {
  const of = (key: keyof Sample): number =>
    quantile(
      samples.map((sample) => sample[key]),
      0.5,
    )
  const cpu = samples.map((sample) => sample.cpu)
  const middle = { cpu: of("cpu"), user: of("user"), system: of("system"), p50: of("p50"), p99: of("p99") }
  return { ...middle, min: Math.min(...cpu), max: Math.max(...cpu) }
}

/** Between the two nearest values in proportion. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const next = sorted[Math.min(below + 1, sorted.length - 1)]
  return sorted[below] + (at - below) * (next - sorted[below])
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
  return `  ${name.padEnd(18)}${figure.padStart(8)}  ${spread.padEnd(16)}${rest.map((cell) => cell.padStart(8)).join("")}`
}
