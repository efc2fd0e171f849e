import type { Attack } from "./attack.ts"
import type { Measured } from "./measure-attack.ts"
import type { LostCall } from "./neighbour-report.ts"

/** The verdict on one attack on one target. */
export interface Verdict {
  /** The neighbour's lost calls, without calls in flight when the backend was killed. Null: the neighbour made no calls. */
  readonly lost: number | null
  readonly memoryRatio: number
  /** Null: the attacker used too little CPU time for the kernel to measure it well. */
  readonly cpuRatio: number | null
  /** One sentence for each problem. The target passes if there is none. */
  readonly problems: readonly string[]
}

/** Envoy's threat model calls it a security defect if memory or CPU exceeds the client's spending by this factor. */
const maxRatio = 100
/** Each connection costs its client a handshake, a socket and buffers, even if no byte is written. */
const bytesPerConnection = 1_024
/** The resident memory of a process with a garbage collector can grow this much under any load. */
const breathBytes = 96 * 2 ** 20
/** An open call costs any proxy about this much memory (Envoy: 25 to 37 KB), even if its client sent few bytes. */
const bytesPerCall = 32 * 1_024
/** The bridge's default budget for replies that clients do not read. */
const budgetBytes = 256 * 2 ** 20
/** Smaller CPU times give no useful ratio, because the kernel counts in steps of 10 ms. In microseconds. */
const minCpu = 50_000
const breathCpu = 2_000_000
const heapBreathBytes = 16 * 2 ** 20
/** A killed backend takes this long to end, and calls can still reach it in that time. */
const dyingMs = 50

/** Judges by counts, bytes and ratios of one run, so a slow machine does not change the verdict. */
export function judge(attack: Attack, measured: Measured): Verdict {
  const { report, cpu, peakRss, idleRss, left, stopped } = measured
  const spent = measured.spentBytes + (attack.by === "backend" ? 0 : report.connections * bytesPerConnection)
  const growth = Math.max(0, peakRss - idleRss)
  const memoryRatio = growth / Math.max(1, spent)
  const cpuRatio = measured.kills.length > 0 || cpu.attacker < minCpu ? null : cpu.target / cpu.attacker
  const lostCalls = measured.during?.lost.filter((call) => !wasInFlightAtKill(call, measured.kills)) ?? null
  const problems = [...report.problems]
  if (stopped !== null) problems.push(stopped)
  if (lostCalls !== null && lostCalls.length > 0) {
    problems.push(
      `the neighbour lost ${lostCalls.length} of ${measured.during?.calls} calls: ${mostFrequent(lostCalls)}`,
    )
  }
  const allowed = breathBytes + report.openCalls * bytesPerCall + (attack.fillsBudget === true ? budgetBytes : 0)
  if (growth > Math.max(allowed, maxRatio * spent)) {
    problems.push(`memory grew by ${mebibytes(growth)} for ${mebibytes(spent)} sent`)
  }
  if (cpu.target > breathCpu && cpu.target > maxRatio * Math.max(cpu.attacker, 10_000)) {
    problems.push(`${seconds(cpu.target)} of CPU time were spent on ${seconds(cpu.attacker)} of the attacker's`)
  }
  if (left !== null) problems.push(...whatIsLeft(left))
  return { lost: lostCalls?.length ?? null, memoryRatio, cpuRatio, problems }
}

function whatIsLeft({ sockets, callsInFlight, heapGrowth }: NonNullable<Measured["left"]>): string[] {
  const problems: string[] = []
  if (sockets > 0) problems.push(`${sockets} sockets of clients were left`)
  if (Number.isNaN(callsInFlight)) problems.push("the metrics could not be read afterwards")
  else if ((callsInFlight ?? 0) > 0) problems.push(`${callsInFlight} calls were left in flight`)
  if ((heapGrowth ?? 0) > heapBreathBytes) problems.push(`${mebibytes(heapGrowth ?? 0)} of memory were left in use`)
  return problems
}

function wasInFlightAtKill({ startedAt, endedAt }: LostCall, kills: readonly number[]): boolean {
  return kills.some((killedAt) => startedAt <= killedAt + dyingMs && endedAt >= killedAt)
}

function mostFrequent(lost: readonly LostCall[]): string {
  const counts = new Map<string, number>()
  for (const { outcome } of lost) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0].slice(0, 160) ?? ""
}

export function mebibytes(bytes: number): string {
  return bytes >= 10 * 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MB` : `${(bytes / 2 ** 20).toFixed(1)} MB`
}

export function seconds(micros: number): string {
  return `${(micros / 1e6).toFixed(2)} s`
}
