import type { BridgeSnapshot, ReasonCount, WatchBridgeResponse } from "@causeway/proto/api/v1/bridge_pb"

/** How much one of the bridge's counters grew. */
export interface Growth {
  /** A description of the counter. */
  readonly what: string
  /** A reason or a status, as the bridge writes it; empty if the description is enough. */
  readonly label: string
  readonly by: number
}

/** What the bridge counted between two readings. */
export type Counted =
  | { readonly kind: "grown"; readonly growth: readonly Growth[]; readonly isNewProcess: boolean }
  /** The bridge could not be read; `why` is a message for the user. */
  | { readonly kind: "unreachable"; readonly why: string }

/**
 * The growth of the counters since `before`. If `before` has no numbers, or those of another process, the growth since
 * the process began.
 */
export function countedBetween(before: WatchBridgeResponse, after: WatchBridgeResponse): Counted {
  if (after.state.case !== "snapshot") {
    return { kind: "unreachable", why: after.state.case === "unreachable" ? after.state.value.message : "" }
  }
  const to = after.state.value
  const from = before.state.case === "snapshot" && isSameProcess(before.state.value, to) ? before.state.value : null
  const old = counters(from)
  const growth = counters(to).map((counter) => ({ ...counter, by: counter.by - valueOf(old, counter) }))
  return { kind: "grown", growth: growth.filter(({ by }) => by > 0), isNewProcess: from === null }
}

function isSameProcess(a: BridgeSnapshot, b: BridgeSnapshot): boolean {
  return a.startTime?.seconds === b.startTime?.seconds && a.startTime?.nanos === b.startTime?.nanos
}

/** The counters that an experiment may move, as growth from zero. */
function counters(snapshot: BridgeSnapshot | null): Growth[] {
  if (snapshot === null) return []
  const reasons = (what: string, counts: readonly ReasonCount[]) =>
    counts.map(({ reason, count }) => ({ what, label: reason, by: Number(count) }))
  return [
    ...reasons("refused", snapshot.refused),
    ...reasons("ended by the bridge", snapshot.endedByBridge),
    ...endedByCode(snapshot),
    { what: "connections to the service that could not be made", label: "", by: Number(snapshot.sessionsFailed) },
    { what: "connections of clients that were turned away", label: "", by: Number(snapshot.connectionsRefused) },
  ]
}

/** Calls of all methods together. */
function endedByCode({ methods }: BridgeSnapshot): Growth[] {
  const byCode = Map.groupBy(
    methods.flatMap(({ ended }) => ended),
    ({ code }) => code,
  )
  return [...byCode].map(([label, counts]) => ({
    what: "calls that ended",
    label,
    by: counts.reduce((sum, { count }) => sum + Number(count), 0),
  }))
}

function valueOf(counts: readonly Growth[], { what, label }: Growth): number {
  return counts.find((other) => other.what === what && other.label === label)?.by ?? 0
}
