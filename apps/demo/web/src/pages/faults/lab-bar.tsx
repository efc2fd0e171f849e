import type { LabState, PartState } from "../../../../start/lab-state.ts"
import { Button } from "../../ui/button.tsx"
import { StateBadge } from "../../ui/state-badge.tsx"
import type { LabControl } from "../../api/use-lab.ts"

/** Shows the state of bridge, service and second version and the current faults, and a button to repair everything. */
export function LabBar({ lab: { state, problem, doing, act } }: { readonly lab: LabControl }) {
  const isWhole = state?.faults.length === 0
  const restoreInMs = state?.restoreInMs ?? null
  return (
    <div className="card lab" role="group" aria-label="The way from page to service">
      <div className="lab-parts">
        <Part name="Bridge" state={state?.bridge} />
        <Part name="Service" state={state?.service} isSlow={state?.faults.includes("service-slow") ?? false} />
        {state?.canary.kind === "on" && <Part name="Second version" state={state.canary.server} />}
      </div>
      <div className="lab-words">
        <p role="status">{newsOf(state)}</p>
        {/* Outside of what is announced: a voice that counts seconds helps nobody. */}
        {restoreInMs !== null && <span className="lab-countdown">in {Math.ceil(restoreInMs / 1_000)} s.</span>}
      </div>
      <Button
        look={isWhole ? "plain" : "primary"}
        isOff={doing !== null || state === undefined}
        onClick={() => act("restore")}
      >
        {doing === "restore" ? "Restoring …" : "Restore everything"}
      </Button>
      {problem !== null && (
        <p className="lab-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}

function newsOf(state: LabState | undefined): string {
  if (state === undefined) return "Looking …"
  if (state.faults.length === 0) return "Nothing is broken."
  return state.faults.length === 1
    ? "One thing is broken. It repairs itself"
    : `${state.faults.length} things are broken. They repair themselves`
}

interface PartProps {
  readonly name: string
  readonly state: PartState | undefined
  readonly isSlow?: boolean
}

function Part({ name, state, isSlow = false }: PartProps) {
  const kind = state?.kind ?? "unknown"
  const word = kind === "up" && isSlow ? "slow" : kind
  return (
    <StateBadge tone={tones[word]} title={state?.kind === "down" ? state.why : undefined}>
      {name}: {word}
    </StateBadge>
  )
}

const tones = {
  up: "good",
  slow: "warn",
  starting: "warn",
  stopping: "warn",
  down: "bad",
  unknown: "quiet",
} as const
