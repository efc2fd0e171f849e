import { Code } from "@connectrpc/connect"

import { type CallRecord, fullName } from "../../api/call-record.ts"
import { statusName } from "../../api/status-name.ts"

/** How a call is, for its colour. */
export type Outcome = "open" | "ok" | "cancelled" | "failed"

/** How a call is. */
export function outcomeOf({ phase }: CallRecord): Outcome {
  if (phase.kind !== "done") return "open"
  if (phase.code === null) return "ok"
  return phase.code === Code.Canceled ? "cancelled" : "failed"
}

/** Its status as gRPC writes it, or that there is none yet. */
export function statusWords({ phase }: CallRecord): string {
  if (phase.kind === "done") return phase.code === null ? "OK" : statusName(phase.code)
  return phase.kind === "streaming" ? "open" : "…"
}

/** How long it took; an open one has none yet. */
export function durationWords({ phase }: CallRecord): string {
  return phase.kind === "done" ? formatMs(phase.durationMs) : "–"
}

/** `0.8 ms`, `12 ms`, `1.24 s`, `3 min 5 s`. */
export function formatMs(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_995) return `${(ms / 1_000).toFixed(2)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 })

/** `312 B`, `4.2 kB`, `1.5 MB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 999_950 ? `${number.format(bytes / 1_000)} kB` : `${number.format(bytes / 1_000_000)} MB`
}

/** `h2` as the browser calls it is HTTP/2 to people. */
export function versionWords({ httpVersion, phase }: CallRecord): string {
  if (httpVersion === null) return phase.kind === "done" ? "–" : "…"
  if (httpVersion === "") return "hidden"
  return { h2: "HTTP/2", h3: "HTTP/3", "http/1.1": "HTTP/1.1" }[httpVersion] ?? httpVersion
}

/** Which calls a person wants to see. */
export type OutcomeFilter = "all" | "open" | "failed"

/** The calls whose method or status has the text in it, and which are as asked for. */
export function matching(calls: readonly CallRecord[], text: string, outcome: OutcomeFilter): readonly CallRecord[] {
  const wanted = text.trim().toLowerCase()
  return calls.filter(
    (call) =>
      (outcome === "all" || outcome === outcomeOf(call)) &&
      `${fullName(call)} ${statusWords(call)}`.toLowerCase().includes(wanted),
  )
}
