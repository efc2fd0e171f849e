import type { WatchBridgeResponse } from "@causeway/proto/api/v1/bridge_pb"

import { readBridge } from "../../api/lab.ts"
import { openBench } from "./bench.ts"
import { type Counted, countedBetween } from "./counted.ts"
import type { Experiment, Seen } from "./experiments.ts"

/** The state of the connection after an experiment. */
export type Aftermath =
  /** A call went through, after so many milliseconds. */
  | { readonly kind: "healthy"; readonly afterMs: number }
  /** The fault lasts until it is repaired. */
  | { readonly kind: "lasting" }

/** The result of an experiment. */
export interface Report {
  readonly seen: Seen
  readonly durationMs: number
  readonly counted: Counted
  readonly aftermath: Aftermath
}

/** The time limit of an experiment, in milliseconds. */
const maxMs = 25_000

/** The bridge counts a call when it has ended there, which may be later than in the page. */
const countWithinMs = 3_000
const pollMs = 100

/**
 * Causes a fault, makes a call, reads the bridge's counters, and checks that calls work again. Rejects if the
 * experiment itself fails.
 */
export async function runExperiment(experiment: Experiment): Promise<Report> {
  const signal = AbortSignal.timeout(maxMs)
  const bench = await openBench(signal)
  const before = await readBridge(signal)
  const startedMs = performance.now()
  const seen = await experiment.run(bench)
  const durationMs = performance.now() - startedMs
  const counted = await whatWasCounted(before, signal)
  if (experiment.lasting !== null) return { seen, durationMs, counted, aftermath: { kind: "lasting" } }

  const repairStartMs = performance.now()
  while (!(await isHealthy(bench.through("bridge").users.listUsers({ pageSize: 1 }, { signal })))) {
    signal.throwIfAborted()
    await wait(pollMs)
  }
  return { seen, durationMs, counted, aftermath: { kind: "healthy", afterMs: performance.now() - repairStartMs } }
}

async function whatWasCounted(before: WatchBridgeResponse, signal: AbortSignal): Promise<Counted> {
  const untilMs = performance.now() + countWithinMs
  for (;;) {
    const counted = countedBetween(before, await readBridge(signal))
    const isDone = counted.kind === "unreachable" || counted.growth.length > 0 || counted.isNewProcess
    if (isDone || performance.now() > untilMs) return counted
    await wait(pollMs)
  }
}

async function isHealthy(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
    return true
  } catch {
    return false
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
