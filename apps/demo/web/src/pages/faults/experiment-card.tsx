import { useId } from "react"

import { Button } from "../../ui/button.tsx"
import { ExperimentReport } from "./experiment-report.tsx"
import type { Experiment } from "./experiments.ts"
import type { Run } from "./use-experiments.ts"

interface ExperimentCardProps {
  readonly experiment: Experiment
  readonly run: Run
  /** An experiment runs, this one or another. */
  readonly isOff: boolean
  /** The part that this experiment breaks is broken now. */
  readonly isBroken: boolean
  readonly onRun: () => void
  readonly onRepair: () => void
}

/** One experiment: its description, its switch, and its result. */
export function ExperimentCard({ experiment, run, isOff, isBroken, onRun, onRepair }: ExperimentCardProps) {
  const titleId = useId()
  const aboutId = useId()
  return (
    <article className="card experiment" aria-labelledby={titleId} aria-busy={run.kind === "running"}>
      <div className="experiment-head">
        <h3 id={titleId}>{experiment.title}</h3>
        {isBroken && <span className="experiment-broken">broken now</span>}
      </div>
      <p className="experiment-about" id={aboutId}>
        {experiment.about}
      </p>
      <div className="experiment-acts">
        <Button icon="faults" isOff={isOff} onClick={onRun} aria-describedby={`${titleId} ${aboutId}`}>
          {run.kind === "running" ? "Breaking …" : "Break it"}
        </Button>
        {isBroken && (
          <Button icon="check" onClick={onRepair} aria-describedby={titleId}>
            Repair it
          </Button>
        )}
      </div>
      <div role="status">
        {run.kind === "done" && <ExperimentReport report={run.report} isBroken={isBroken} />}
        {run.kind === "failed" && <p className="experiment-failed">The experiment did not work: {run.why}</p>}
      </div>
    </article>
  )
}
