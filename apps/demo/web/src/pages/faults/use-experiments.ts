import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"

import type { Experiment } from "./experiments.ts"
import { type Report, runExperiment } from "./run-experiment.ts"

/** The state of an experiment. */
export type Run =
  | { readonly kind: "idle" }
  | { readonly kind: "running" }
  | { readonly kind: "done"; readonly report: Report }
  /** The experiment itself did not work. */
  | { readonly kind: "failed"; readonly why: string }

/** The experiments of the page. Only one runs at a time, because each reads the bridge's counters before and after. */
export interface Experiments {
  readonly isRunning: boolean
  readonly runOf: (experiment: Experiment) => Run
  readonly start: (experiment: Experiment) => void
}

const idle: Run = { kind: "idle" }

/** Runs experiments and keeps their results. */
export function useExperiments(): Experiments {
  const client = useQueryClient()
  const [runs, setRuns] = useState<ReadonlyMap<string, Run>>(new Map())
  const isRunning = [...runs.values()].some(({ kind }) => kind === "running")

  async function start(experiment: Experiment): Promise<void> {
    const set = (run: Run) => setRuns((others) => new Map(others).set(experiment.id, run))
    set({ kind: "running" })
    try {
      set({ kind: "done", report: await runExperiment(experiment) })
    } catch (error) {
      set({ kind: "failed", why: error instanceof Error ? error.message : String(error) })
    }
    // A lasting fault is shown at once, not with the next reading.
    await client.invalidateQueries({ queryKey: ["lab"] })
  }

  return {
    isRunning,
    runOf: ({ id }) => runs.get(id) ?? idle,
    start: (experiment) => void (isRunning ? undefined : start(experiment)),
  }
}
