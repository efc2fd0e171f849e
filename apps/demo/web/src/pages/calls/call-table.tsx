import { type KeyboardEvent, memo } from "react"

import { type CallRecord, fullName } from "../../api/call-record.ts"
import { EmptyState } from "../../ui/empty-state.tsx"
import { DottedName } from "../../ui/dotted-name.tsx"
import { durationWords, formatSize, outcomeOf, statusWords, versionWords } from "./call-words.ts"
import "./call-table.css"

interface CallTableProps {
  readonly calls: readonly CallRecord[]
  readonly chosenId: number | null
  readonly onChoose: (id: number) => void
}

/** The calls, the newest first. The method of each is a button; arrow keys go from one to the next. */
export function CallTable({ calls, chosenId, onChoose }: CallTableProps) {
  if (calls.length === 0) {
    return (
      <EmptyState icon="calls" title="No call to show">
        <p>Go to another page, search, or change the filter: what this page calls stands here at once.</p>
      </EmptyState>
    )
  }
  return (
    <div className="call-table-scroll">
      <table className="call-table" aria-label="Calls" onKeyDown={moveFocus}>
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col">Status</th>
            <th scope="col" className="call-number">
              Time
            </th>
            <th scope="col" className="call-number call-wide">
              Sent
            </th>
            <th scope="col" className="call-number call-wide">
              Received
            </th>
            <th scope="col" className="call-wide">
              HTTP
            </th>
            <th scope="col" className="call-number call-started">
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <CallRow key={call.id} call={call} isChosen={call.id === chosenId} onChoose={onChoose} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" })

interface CallRowProps {
  readonly call: CallRecord
  readonly isChosen: boolean
  readonly onChoose: (id: number) => void
}

/** One call. Most rows do not change from one picture to the next, and are not rendered again. */
const CallRow = memo(function CallRow({ call, isChosen, onChoose }: CallRowProps) {
  return (
    <tr data-outcome={outcomeOf(call)} data-chosen={isChosen}>
      <td className="call-method">
        <button type="button" aria-pressed={isChosen} title={fullName(call)} onClick={() => onChoose(call.id)}>
          <span className="call-service">{call.method.parent.typeName}/</span>
          {call.method.name}
        </button>
      </td>
      <td>
        <span className="call-status">
          <span>
            <DottedName name={statusWords(call)} />
          </span>
        </span>
      </td>
      <td className="call-number">{durationWords(call)}</td>
      <td className="call-number call-wide">{formatSize(call.requestBytes)}</td>
      <td className="call-number call-wide">{formatSize(call.responseBytes)}</td>
      <td className="call-wide">{versionWords(call)}</td>
      <td className="call-number call-started">{clock.format(call.startTimeMs)}</td>
    </tr>
  )
})

/** To the button of the row above or below. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>): void {
  const row = (event.target as Element).closest("tr")
  const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[event.key]
  const button = next?.querySelector("button")
  if (!button) return
  event.preventDefault()
  button.focus()
}
