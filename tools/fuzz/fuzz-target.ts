import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { Bounds, Exploration } from "./explore.ts"

/** Data that the thread of a target starts with. */
export interface WorkerTask {
  /** URL of a module that exports `targets`. */
  readonly module: string
  readonly name: string
  /** Inputs to begin with. */
  readonly given: readonly Uint8Array[]
  readonly bounds: Bounds
  /** Number of inputs tried, then length and bytes of the last one. The parent can read it while the thread hangs. */
  readonly current: SharedArrayBuffer
  /** Explores without coverage, to show the value of coverage by comparison. */
  readonly isBlind: boolean
}

export interface FuzzOptions {
  readonly given?: readonly Uint8Array[]
  /** An input that takes more CPU time than this counts as hanging. Default: 20 s. */
  readonly hangMs?: number
  readonly isBlind?: boolean
}

/** Room for two counters and the input. Longer inputs are cut, but even inputs stretched to 4 KiB fit. */
const sharedBytes = 8 + 16_384
const maxHeapMb = 1_024

/** Fuzzes one target on its own thread. If the thread hangs or dies, the result is a finding with the last input. */
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
 * Watches for an input that hangs, by checking whether the thread has begun the next input. The limit counts CPU time
 * of this process. A hanging input uses CPU, and a process that waits on a busy machine does not.
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
