import type { Allocations } from "./allocations.ts"
import type { FuzzTarget } from "./target.ts"

/** An input that takes longer is looked at closely. By itself that is no finding: the machine may be slow or busy. */
const suspectMs = 300
/** Four times the input may take so many times the CPU: linear time gives 4, quadratic time 16. */
const maxGrowth = 9
/** How often a part of the code may run for each byte of the input. Targets read an input several times over. */
const maxRunsPerByte = 64
/** Beyond that, whatever the input is. */
const freeRuns = 16_384
/** Bytes of one piece and of all, for each byte of the input. Targets read an input several times over, cut in different ways. */
const maxLargestFactor = 8
const maxTotalFactor = 128
/** Beyond that: slabs, and what a target allots whatever comes. */
const freeBytes = 16_384

/** What is wrong with how a target takes an input. */
export interface Verdict {
  readonly kind: "threw" | "memory" | "time"
  readonly problem: string
}

/** Tries an input; null: nothing is wrong. */
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

/** Counts steps, which are the same on every machine. Loops inside of regular expressions and of Node are not counted. */
export function judgeSteps(mostRuns: number, input: Uint8Array): Verdict | null {
  if (mostRuns <= freeRuns + maxRunsPerByte * input.length) return null
  return { kind: "time", problem: `runs one part of the code ${mostRuns} times, for an input of ${input.length} bytes` }
}

/** Compares the input with its first quarter. Both run on the same machine, so that its speed does not count. */
function judgeGrowth(target: FuzzTarget, input: Uint8Array): Verdict | null {
  const quarter = input.slice(0, input.length / 4)
  const least = (part: Uint8Array): number => Math.min(cpuMsOf(target, part), cpuMsOf(target, part))
  const [shortMs, longMs] = [least(quarter), least(input)]
  if (longMs < suspectMs || longMs < maxGrowth * shortMs) return null
  const problem = `takes ${Math.round(longMs)} ms of CPU for ${input.length} bytes, ${Math.round(shortMs)} for a quarter of them`
  return { kind: "time", problem }
}

/** Repeated to 4 KiB: what is not linear in the input's length takes hundreds of times as long. */
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
