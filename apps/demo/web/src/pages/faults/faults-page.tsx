import { hasLab } from "../../api/lab.ts"
import { EmptyState } from "../../ui/empty-state.tsx"
import { PageHead } from "../../ui/page-head.tsx"
import { ExperimentCard } from "./experiment-card.tsx"
import { stretches } from "./experiments.ts"
import { LabBar } from "./lab-bar.tsx"
import { useExperiments } from "./use-experiments.ts"
import { useLab } from "../../api/use-lab.ts"
import "./faults.css"

/** Causes faults between the page and the service, and shows what each end saw. */
export function FaultsPage() {
  return (
    <>
      <PageHead title="Faults" about="Break the way between page and service for real, and read what both ends saw." />
      {hasLab ? <Lab /> : <NoLab />}
    </>
  )
}

function NoLab() {
  return (
    <section className="card" aria-label="No lab">
      <EmptyState icon="faults" title="This console has no lab">
        <p>
          Only <code>npm start</code> runs bridge and service itself, and can break them. This page was served by
          something else.
        </p>
      </EmptyState>
    </section>
  )
}

function Lab() {
  const lab = useLab()
  const experiments = useExperiments()
  return (
    <>
      <LabBar lab={lab} />
      {stretches.map(({ place, experiments: here }) => (
        <section key={place} className="stretch" aria-label={place}>
          <h2>{place}</h2>
          <div className="experiments">
            {here.map((experiment) => (
              <ExperimentCard
                key={experiment.id}
                experiment={experiment}
                run={experiments.runOf(experiment)}
                isOff={experiments.isRunning}
                isBroken={experiment.lasting !== null && (lab.state?.faults.includes(experiment.lasting) ?? false)}
                onRun={() => experiments.start(experiment)}
                onRepair={() => experiment.lasting !== null && lab.act(`repair-${experiment.lasting}`)}
              />
            ))}
          </div>
        </section>
      ))}
    </>
  )
}
