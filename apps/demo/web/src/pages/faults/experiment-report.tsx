import type { ReactNode } from "react"

import type { Counted } from "./counted.ts"
import type { Seen } from "./experiments.ts"
import type { Aftermath, Report } from "./run-experiment.ts"

interface ExperimentReportProps {
  readonly report: Report
  readonly isBroken: boolean
}

/** What the page saw, what the bridge counted, and how it went on. */
export function ExperimentReport({ report, isBroken }: ExperimentReportProps) {
  const { seen, durationMs, counted, aftermath } = report
  return (
    <div className="report">
      <div className="report-part" role="group" aria-label="What the page saw">
        <h4>What the page saw</h4>
        <PageSide seen={seen} durationMs={durationMs} />
      </div>
      <div className="report-part" role="group" aria-label="What the bridge counted">
        <h4>What the bridge counted</h4>
        <BridgeSide counted={counted} />
      </div>
      <p className="report-after" data-kind={aftermath.kind}>
        {afterWords(aftermath, isBroken)}
      </p>
    </div>
  )
}

function PageSide({ seen: { error, messageCount }, durationMs }: { readonly seen: Seen; readonly durationMs: number }) {
  const messages = messageCount === 1 ? "1 message" : `${messageCount} messages`
  if (error === null) {
    return (
      <p className="report-title">
        The call ended well, with {messages} after {Math.round(durationMs)} ms.
      </p>
    )
  }
  return (
    <>
      <p className="report-title">{error.title}</p>
      <p>
        {error.cause} {error.remedy}
      </p>
      <dl className="facts">
        <Fact name="source">{error.source}</Fact>
        <Fact name="code">{error.code}</Fact>
        <Fact name="reason">{error.reason === "" ? <span className="facts-none">none</span> : error.reason}</Fact>
        <Fact name="retryable">
          {error.retryable ? "yes, whatever the method" : "only if the method may run twice"}
        </Fact>
        <Fact name="came before">
          {messages}, {Math.round(durationMs)} ms
        </Fact>
        <Fact name="message">{error.message}</Fact>
      </dl>
    </>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function BridgeSide({ counted }: { readonly counted: Counted }) {
  if (counted.kind === "unreachable") return <p>It cannot be asked: {counted.why}</p>
  const { growth, isNewProcess } = counted
  return (
    <>
      {isNewProcess && <p>It is a new process, whose counters began at zero.</p>}
      {growth.length === 0 && !isNewProcess && <p>Nothing: the call did not come so far.</p>}
      <ul className="growth">
        {growth.map(({ what, label, by }) => (
          <li key={`${what} ${label}`}>
            <b>+{by}</b> {what} {label !== "" && <code>{label}</code>}
          </li>
        ))}
      </ul>
    </>
  )
}

function afterWords(aftermath: Aftermath, isBroken: boolean): string {
  if (aftermath.kind === "healthy")
    return `Whole again: the next call went through after ${Math.round(aftermath.afterMs)} ms.`
  return isBroken ? "Still broken: look at the other pages, then repair it." : "It has been repaired."
}
