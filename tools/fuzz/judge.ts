import type { Allocations } from "./allocations.ts"
import type { FuzzTarget } from "./target.ts"

/** A slower input is measured closely. Slowness alone is no finding, because the machine may be slow or busy. */
const suspectMs = 300
/** Limit for the CPU time of an input relative to its first quarter. Linear time gives 4, quadratic time 16. */
const maxGrowth = 9
/** Runs that a part of the code may take for each byte of input. Targets read their input several times. */
const maxRunsPerByte = 64
/** Additional runs that every input may take. */
const freeRuns = 16_384
/** Bytes that a single allocation may have for each byte of input. */
const maxLargestFactor = 8
/** Bytes that all allocations together may have for each byte of input. Targets split their input in several ways. */
const maxTotalFactor = 128
/** Additional bytes that every input may allocate, for slabs and for fixed costs of the target. */
const freeBytes = 16_384

/** A defect that an input shows in its target. */
export interface Verdict {
  readonly kind: "threw" | "memory" | "time"
  readonly problem: string
}

/** Runs the target with an input. Returns null if there is no defect. */
export function judge(target: FuzzTarget, input: Uint8Array, allocations: Allocations): Verdict | null {
  allocations.reset()
  const startMs = performance.now()
  try {
    target.run(input)
  } catch (cause) {
    const problem = cause instanceof Error ? (cause.stack ?? cause.message) : `threw ${String(cause)}`
    return { kind: "threw", problem }
  }
  const { largest, total } = allocations
  const ofInput = `for an input of ${input.length} bytes`
  if (largest > freeBytes + maxLargestFactor * input.length)
    return { kind: "memory", problem: `asks for ${largest} bytes in one piece, ${ofInput}` }
  if (total > freeBytes + maxTotalFactor * input.length)
    return { kind: "memory", problem: `asks for ${total} bytes in all, ${ofInput}` }
  return performance.now() - startMs < suspectMs ? null : judgeGrowth(target, input)
}

/**
 * Judges the run count, which is equal on every machine. It misses loops inside regular expressions and inside Node.
 */
export function judgeSteps(mostRuns: number, input: Uint8Array): Verdict | null {
  if (mostRuns <= freeRuns + maxRunsPerByte * input.length) return null
  return { kind: "time", problem: `runs one part of the code ${mostRuns} times, for an input of ${input.length} bytes` }
}

/** Compares the CPU time of the input with that of its first quarter, so the machine's speed does not matter. */
function judgeGrowth(target: FuzzTarget, input: Uint8Array): Verdict | null {
  const quarter = input.slice(0, input.length / 4)
  const least = (part: Uint8Array): number => Math.min(cpuMsOf(target, part), cpuMsOf(target, part))
  const [shortMs, longMs] = [least(quarter), least(input)]
  if (longMs < suspectMs || longMs < maxGrowth * shortMs) return null
  const problem = `takes ${Math.round(longMs)} ms of CPU for ${input.length} bytes, ${Math.round(shortMs)} for a quarter of them`
  return { kind: "time", problem }
}

/**
 * Repeats the input up to 4 KiB. Code that is not linear in the input's length then takes hundreds of times as long.
 */
export function stretch(input: Uint8Array): Uint8Array {
  if (input.length === 0) return input
  const times = Math.ceil(4_096 / input.length)
  return Uint8Array.from(Buffer.concat(new Array<Uint8Array>(times).fill(input)))
}

function cpuMsOf(target: FuzzTarget, input: Uint8Array): number {
  const before = process.threadCpuUsage()
  target.run(input)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
