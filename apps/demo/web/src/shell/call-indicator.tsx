import { useSyncExternalStore } from "react"
import { Code } from "@connectrpc/connect"

import { type LastCall, lastCall } from "../api/last-call.ts"
import { statusName } from "../api/status-name.ts"

/** The last call: method, status, milliseconds. Not announced: it changes all the time. */
export function CallIndicator() {
  const call = useSyncExternalStore(lastCall.store.subscribe, lastCall.store.get)
  return (
    <span className="call" data-outcome={outcome(call)} title="The last call of this page">
      <span className="visually-hidden">Last call: </span>
      <span className="call-dot" aria-hidden="true" />
      <span className="call-text">{words(call)}</span>
    </span>
  )
}

function outcome(call: LastCall): "none" | "running" | "ok" | "cancelled" | "failed" {
  if (call.kind === "none") return "none"
  if (call.kind !== "done") return "running"
  if (call.code === null) return "ok"
  return call.code === Code.Canceled ? "cancelled" : "failed"
}

function words(call: LastCall): string {
  switch (call.kind) {
    case "none":
      return "no call yet"
    case "running":
      return `${call.method} · …`
    case "streaming":
      return `${call.method} · open`
    case "done":
      return `${call.method} · ${call.code === null ? "OK" : statusName(call.code)} · ${Math.round(call.durationMs)} ms`
  }
}
