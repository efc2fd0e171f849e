import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { Bounds, Exploration } from "./explore.ts"

/** What a target's thread is given. */
export interface WorkerTask {
  /** URL of a module that exports `targets`. */
  readonly module: string
  readonly name: string
  /** Inputs to begin with. */
  readonly given: readonly Uint8Array[]
  readonly bounds: Bounds
  /** How many inputs were tried, the length of the last, and its bytes: readable from here while the thread hangs. */
  readonly current: SharedArrayBuffer
  /** Without coverage: to show what it is worth. */
  readonly isBlind: boolean
}

export interface FuzzOptions {
  readonly given?: readonly Uint8Array[]
  /** An input that takes more CPU time hangs; default: 20 s. */
  readonly hangMs?: number
  readonly isBlind?: boolean
}

/** Longer inputs are cut: those stretched to 4 KiB are the longest. */
const sharedBytes = 8 + 16_384
const maxHeapMb = 1_024

/** Fuzzes one target on a thread of its own. A thread that hangs or dies is a finding, with the input that it was at. */
export async function fuzzTarget(
  module: string,
  name: string,
  bounds: Bounds,
  options: FuzzOptions = {},
): Promise<Exploration> {
  const { given = [], hangMs = 20_000, isBlind = false } = options
  const current = new SharedArrayBuffer(sharedBytes)
  const workerData: WorkerTask = { module, name, given, bounds, current, isBlind }
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  })
  const watch = watchForHang(current, hangMs)
  try {
    const answered = once(worker, "message").then(([exploration]) => exploration as Exploration)
    const hung = watch.hung.then((): Exploration => lostAt(current, `does not end within ${hangMs} ms of CPU`))
    return await Promise.race([answered, hung])
  } catch (cause) {
    return lostAt(current, `ends its thread: ${(cause as Error).stack}`)
  } finally {
    watch.stop()
    await worker.terminate()
  }
}

/**
 * Looks whether a next input was begun. An input that hangs burns CPU: its time is this process's on the CPU, which does not
 * pass while a busy machine lets the process wait.
 */
function watchForHang(current: SharedArrayBuffer, hangMs: number): { hung: Promise<void>; stop(): void } {
  const counter = new Int32Array(current, 0, 1)
  const { promise: hung, resolve } = Promise.withResolvers<void>()
  let [seen, since] = [-1, process.cpuUsage()]
  const timer = setInterval(() => {
    const now = Atomics.load(counter, 0)
    const { user, system } = process.cpuUsage(since)
    if (now !== seen) [seen, since] = [now, process.cpuUsage()]
    else if ((user + system) / 1_000 > hangMs) resolve()
  }, 100)
  return { hung, stop: () => clearInterval(timer) }
}

function lostAt(current: SharedArrayBuffer, problem: string): Exploration {
  const [runs, length] = new Int32Array(current, 0, 2)
  const input = Uint8Array.from(new Uint8Array(current, 8, Math.min(length, sharedBytes - 8)))
  return { runs, reached: 0, inputs: [], finding: { kind: "lost", problem, input } }
}
