import { Code } from "@connectrpc/connect"

import type { CallRecord } from "../api/call-record.ts"
import { statusName } from "../api/status-name.ts"
import { useCalls } from "../api/use-calls.ts"

/** The call that changed last: method, status, milliseconds. It changes too often to be announced to screen readers. */
export function CallIndicator() {
  const { latest } = useCalls()
  return (
    <span className="call" data-outcome={outcome(latest)} title="The last call of this page">
      <span className="visually-hidden">Last call: </span>
      <span className="call-dot" aria-hidden="true" />
      <span className="call-text">{words(latest)}</span>
    </span>
  )
}

function outcome(call: CallRecord | null): "none" | "running" | "ok" | "cancelled" | "failed" {
  if (call === null) return "none"
  if (call.phase.kind !== "done") return "running"
  if (call.phase.code === null) return "ok"
  return call.phase.code === Code.Canceled ? "cancelled" : "failed"
}

function words(call: CallRecord | null): string {
  if (call === null) return "no call yet"
  const { method, phase } = call
  switch (phase.kind) {
    case "running":
      return `${method.name} · …`
    case "streaming":
      return `${method.name} · open`
    case "done":
      return `${method.name} · ${phase.code === null ? "OK" : statusName(phase.code)} · ${Math.round(phase.durationMs)} ms`
  }
}
