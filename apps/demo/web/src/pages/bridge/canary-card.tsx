import { useState } from "react"

import type { LabState } from "../../../../start/lab-state.ts"
import type { LabControl } from "../../api/use-lab.ts"
import { Button } from "../../ui/button.tsx"
import { CodeBlock } from "../../ui/code-block.tsx"
import { Slider } from "../../ui/slider.tsx"
import { Switch } from "../../ui/switch.tsx"
import { SendToVersions } from "./send-to-versions.tsx"
import "./canary.css"

/** Starts a second version of the service behind the bridge, and moves calls to it while they run. */
export function CanaryCard({ lab }: { readonly lab: LabControl }) {
  const { state, problem, doing, act } = lab
  const isOn = state?.canary.kind === "on"
  return (
    <section className="card canary" aria-label="Two versions">
      <h2>Two versions side by side</h2>
      <p className="fleet-about">
        The switch starts a second version of the service, v2, and writes the bridge’s configuration file. Calls with{" "}
        <code>x-version: v2</code> then go to v2, and the other calls of UserService are shared. The bridge reads the
        file again while calls run: none is cut or refused.
      </p>
      <div className="canary-switch">
        <Switch
          isOn={isOn}
          isOff={state === undefined || doing !== null}
          onChange={(turnsOn) => act(turnsOn ? "v2-on" : "v2-off")}
        >
          Second version behind <code>x-version: v2</code>
        </Switch>
        <p role="status">{newsOf(lab)}</p>
      </div>
      {problem !== null && (
        <p className="canary-problem" role="alert">
          {problem}
        </p>
      )}
      {state !== undefined && isOn && <Controls lab={lab} state={state} />}
      <SendToVersions />
      {state !== undefined && (
        <details className="canary-file">
          <summary>The configuration file, as it is now</summary>
          <CodeBlock label="bridge.yaml" code={state.configuration} />
        </details>
      )}
    </section>
  )
}

function newsOf({ state, doing }: LabControl): string {
  if (state === undefined) return "Looking …"
  if (doing === "v2-on") return "Starting v2 …"
  if (doing === "v2-off") return "Leading all calls back to v1 …"
  if (doing === "v2-stopped") return "Stopping v2 …"
  if (doing === "repair-v2-stopped") return "Starting v2 again …"
  if (state.canary.kind === "off") return "Only v1 runs."
  const { server } = state.canary
  return server.kind === "down" ? `v2 does not run: ${server.why}.` : `v2 is ${server.kind}.`
}

interface ControlsProps {
  readonly lab: LabControl
  readonly state: LabState
}

function Controls({ lab: { doing, act, setShare }, state }: ControlsProps) {
  // A key may come before the answer to the key before it.
  const [chosenPercent, setChosenPercent] = useState<number | null>(null)
  const choose = async (percent: number): Promise<void> => {
    setChosenPercent(percent)
    await setShare(percent)
    setChosenPercent((latest) => (latest === percent ? null : latest))
  }
  if (state.canary.kind === "off") return null
  const { server, sharePercent } = state.canary
  const isDown = server.kind === "down"
  return (
    <div className="canary-controls">
      <Slider
        label="Calls of UserService"
        percent={chosenPercent ?? sharePercent}
        step={5}
        wordsFor={(percent) => `${100 - percent}\u00a0% to v1, ${percent}\u00a0% to v2`}
        onChoose={(percent) => void choose(percent)}
      />
      <div className="canary-server">
        <Button
          look={isDown ? "primary" : "plain"}
          isOff={doing !== null}
          onClick={() => act(isDown ? "repair-v2-stopped" : "v2-stopped")}
        >
          {isDown ? "Start v2 again" : "Stop v2"}
        </Button>
        {isDown && <WhileDown sharePercent={sharePercent} restoreInMs={state.restoreInMs} />}
      </div>
    </div>
  )
}

function WhileDown({
  sharePercent,
  restoreInMs,
}: {
  readonly sharePercent: number
  readonly restoreInMs: number | null
}) {
  return (
    <p>
      The routes have not changed: calls with <code>x-version: v2</code>
      {sharePercent > 0 && ` and ${sharePercent}\u00a0% of the other calls of UserService`} wait a moment for v2. Then
      they fail with UNAVAILABLE, and no server has seen them. The console’s other pages repeat such reads, and the
      slider’s share decides again where a repeated call goes.
      {restoreInMs !== null && ` v2 starts again by itself in ${Math.ceil(restoreInMs / 1_000)} s.`}
    </p>
  )
}
