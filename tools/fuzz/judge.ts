import type { Allocations } from "./allocations.ts"
import type { FuzzTarget } from "./target.ts"

/** What an input may cost, of CPU and of memory, for what it does not say itself. */
const maxCpuMs = 300
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
  // Time on the wall is another's too; time on the CPU is this thread's own, and its least the one that counts.
  if (performance.now() - startMs < maxCpuMs) return null
  const cpuMs = Math.min(cpuMsOf(target, input), cpuMsOf(target, input))
  return cpuMs < maxCpuMs ? null : { kind: "time", problem: `takes ${Math.round(cpuMs)} ms of CPU ${ofInput}` }
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
