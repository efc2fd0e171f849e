import { useState } from "react"

import { callLog } from "../../api/calls.ts"
import { useCalls } from "../../api/use-calls.ts"
import { Button } from "../../ui/button.tsx"
import { Segments } from "../../ui/segments.tsx"
import { CallDetails } from "./call-details.tsx"
import { CallTable } from "./call-table.tsx"
import { matching, type OutcomeFilter } from "./call-words.ts"
import "./calls-panel.css"

const outcomes = [
  { value: "all", label: "All" },
  { value: "open", label: "Open" },
  { value: "failed", label: "Failed" },
] as const

/** The calls of this page as they happen, and all about the one that is chosen. */
export function CallsPanel() {
  const state = useCalls()
  const [text, setText] = useState("")
  const [outcome, setOutcome] = useState<OutcomeFilter>("all")
  const [chosenId, setChosenId] = useState<number | null>(null)
  const chosen = state.calls.find(({ id }) => id === chosenId) ?? null
  return (
    <div className="calls-panel">
      <div className="calls-toolbar">
        <input
          className="input"
          type="search"
          aria-label="Filter calls"
          placeholder="Method or status"
          autoComplete="off"
          spellCheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <Segments label="Which calls" choices={outcomes} value={outcome} onChoose={setOutcome} />
        <span className="calls-count">{state.count === 1 ? "1 call" : `${state.count} calls`} so far</span>
        <Button look="quiet" icon="trash" onClick={callLog.clear}>
          Clear
        </Button>
      </div>
      <div className="calls-split" data-split={chosen !== null}>
        <CallTable calls={matching(state.calls, text, outcome)} chosenId={chosenId} onChoose={setChosenId} />
        {chosen !== null && <CallDetails call={chosen} onClose={() => setChosenId(null)} />}
      </div>
    </div>
  )
}
