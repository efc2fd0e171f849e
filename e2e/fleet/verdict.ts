import type { Fault, Member } from "./faults.ts"
import type { CarrierReport } from "./load.ts"

/** Numbers of reloads by result, and the problems of those that were refused. */
export interface Reloads {
  readonly applied: number
  readonly refused: number
  readonly refusals: readonly string[]
}

/** All that a run has shown. */
export interface Run {
  readonly seconds: number
  readonly ratePerSecond: number
  readonly members: readonly Member[]
  readonly calls: number
  readonly lost: ReadonlyMap<string, number>
  /** Calls that were due, but which the generator could not begin. */
  readonly missedCalls: number
  readonly interruptions: number
  readonly fileChanges: number
  readonly reloads: Reloads
  readonly attempts: number
  readonly maxLoopDelayMs: number
  readonly carriers: readonly CarrierReport[]
  /** Gauges that are not what they should be at the end. */
  readonly left: readonly string[]
}

/** A member's part of the attempts. Round robin gives every endpoint that serves all the time as many as the others. */
export interface Share {
  readonly fault: Fault
  readonly received: number
  readonly answered: number
  /** Attempts received, divided by the mean of the sound endpoints. */
  readonly ratio: number
}

/** Endpoints that answer slowly are sound too: round robin does not look at latency. */
const soundFaults: ReadonlySet<Fault> = new Set<Fault>(["none", "answers slowly"])
const maxDeviation = 0.1
/** Share of missed calls beyond which the load was not what was asked for. */
const maxMissedShare = 0.01

export function isSound(fault: Fault): boolean {
  return soundFaults.has(fault)
}

export function sharesOf(members: readonly Member[]): Share[] {
  const counts = members.map(({ fault, places }) => ({
    fault,
    received: places.reduce((sum, { received }) => sum + received, 0),
    answered: places.reduce((sum, { answered }) => sum + answered, 0),
  }))
  const sound = counts.filter(({ fault }) => isSound(fault))
  const mean = sound.reduce((sum, { received }) => sum + received, 0) / sound.length
  return counts.map((count) => ({ ...count, ratio: count.received / mean }))
}

/** The reasons why the bridge has not passed. Only counts are judged, never times. */
export function problemsOf(run: Run): string[] {
  const lost = [...run.lost].map(([outcome, count]) => `${count} calls were lost: ${outcome}`)
  const unfair = sharesOf(run.members)
    .map(({ fault, ratio }, index) => ({ fault, ratio, index }))
    .filter(({ fault, ratio }) => isSound(fault) && !(Math.abs(ratio - 1) <= maxDeviation))
    .map(
      ({ index, ratio }) => `endpoint ${index + 1} had ${ratio.toFixed(2)} times the load of the sound endpoints' mean`,
    )
  const { applied, refused, refusals } = run.reloads
  return [
    ...lost,
    ...unfair,
    ...run.left.map((gauge) => `not back to zero: ${gauge}`),
    ...(refused > 0 ? [`${refused} reloads failed: ${[...new Set(refusals)].join("; ")}`] : []),
    ...(applied === 0 ? ["the file was never reloaded"] : []),
  ]
}

/** Says that the machine could not make the load that was asked for. Null: it could. The verdict does not depend on it. */
export function rateNotice({ calls, missedCalls, ratePerSecond }: Run): string | null {
  const due = calls + missedCalls
  if (missedCalls <= due * maxMissedShare) return null
  return `The generator could not keep its rate: it left out ${missedCalls} of ${due} calls. With what else it does, this machine is too slow for ${ratePerSecond} calls a second; the verdict holds for the load that there was.`
}
