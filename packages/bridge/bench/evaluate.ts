import type { Sample } from "./measure.ts"
import type { Series } from "./rounds.ts"
import type { Goal, Workload } from "./workloads.ts"

/** Summary of all rounds of one workload, in its unit; latencies in milliseconds. */
export interface Result {
  readonly name: string
  readonly unit: Workload["unit"]
  /** The subject that the ratios compare with. */
  readonly reference: string
  readonly subjects: readonly SubjectResult[]
  readonly goals: readonly GoalResult[]
}

/** The figures of one subject. */
export interface SubjectResult {
  readonly name: string
  readonly median: Sample
  /** The least and greatest value. */
  readonly min: number
  readonly max: number
  /** Of the rounds' ratios to the reference. */
  readonly ratio: Ratio
  readonly rounds: readonly Sample[]
}

/** Median, quartiles and range of ratios. */
export interface Ratio {
  readonly median: number
  readonly quartiles: readonly [number, number]
  readonly min: number
  readonly max: number
}

/** A goal beside what a bridge reached. */
export interface GoalResult extends Goal {
  readonly subject: string
  readonly measured: number
  readonly isMet: boolean
}

const references = ["envoy", "relay", "earlier", "one-upstream"]

/** Summarises the rounds and compares them with the goals. */
export function evaluate({ workload, samples }: Series): Result {
  const names = [...samples.keys()]
  const reference = references.find((name) => names.includes(name)) ?? names[0] ?? "nothing"
  const subjects = [...samples].map(([name, rounds]) => {
    const values = rounds.map(({ value }) => value)
    return {
      ...{ name, median: medianOf(rounds), min: Math.min(...values), max: Math.max(...values), rounds },
      ratio: ratioOf(rounds, samples.get(reference) ?? [], "value"),
    }
  })
  const bridges = names.filter((name) => name.startsWith("bridge"))
  const goals = workload.goals.flatMap((goal) => bridges.flatMap((subject) => judge(goal, subject, samples)))
  return { name: workload.name, unit: workload.unit, reference, subjects, goals }
}

function judge(goal: Goal, subject: string, samples: Series["samples"]): readonly GoalResult[] {
  const rounds = samples.get(subject) ?? []
  const beside = goal.beside === null ? null : samples.get(goal.beside)
  if (beside === undefined) return [] // not in this run
  const measured = beside === null ? medianOf(rounds)[goal.figure] : ratioOf(rounds, beside, goal.figure).median
  return [{ ...goal, subject, measured, isMet: measured <= goal.most }]
}

function ratioOf(rounds: readonly Sample[], reference: readonly Sample[], figure: Goal["figure"]): Ratio {
  const ratios = rounds.slice(0, reference.length).map((sample, round) => sample[figure] / reference[round][figure])
  return {
    median: quantile(ratios, 0.5),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    min: Math.min(...ratios),
    max: Math.max(...ratios),
  }
}

function medianOf(rounds: readonly Sample[]): Sample {
  const of = (key: keyof Sample): number =>
    quantile(
      rounds.map((sample) => sample[key]),
      0.5,
    )
  return {
    ...{ value: of("value"), user: of("user"), system: of("system") },
    ...{ p50: of("p50"), p99: of("p99"), p999: of("p999") },
  }
}

/** Between the two nearest values in proportion. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const next = sorted[Math.min(below + 1, sorted.length - 1)]
  return sorted[below] + (at - below) * (next - sorted[below])
}
