import { fromJson, type JsonValue } from "@bufbuild/protobuf"
import { type WatchBridgeResponse, WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"

import type { FleetState } from "../../../start/fleet-state.ts"
import type { LabAction, LabState } from "../../../start/lab-state.ts"

/** Whether the server of this page has a lab, as `npm start` has. */
export const hasLab: boolean = document.querySelector('meta[name="lab"]') !== null

/** The state of all parts. Rejects if the console's own server does not answer. */
export async function readLab(signal: AbortSignal): Promise<LabState> {
  return (await ask("/lab", { signal })) as LabState
}

/** Breaks or repairs a part, and returns the state after that. Rejects with the reason of a failure. */
export async function actInLab(action: LabAction, signal: AbortSignal): Promise<LabState> {
  return (await ask(`/lab/${action}`, { method: "POST", signal })) as LabState
}

/** Sets the share of the second version, in percent, and returns the state after that. Rejects like `actInLab`. */
export async function setShareInLab(percent: number, signal: AbortSignal): Promise<LabState> {
  return (await ask(`/lab/v2-share?percent=${percent}`, { method: "POST", signal })) as LabState
}

/** The bridge's upstreams and routes: the console's server reads them from the admin port. */
export async function readFleet(signal: AbortSignal): Promise<FleetState> {
  return (await ask("/lab/fleet", { signal })) as FleetState
}

/** The bridge's state without the bridge: the console's server reads it from the admin port. */
export async function readBridge(signal: AbortSignal): Promise<WatchBridgeResponse> {
  return fromJson(WatchBridgeResponseSchema, (await ask("/lab/bridge", { signal })) as JsonValue)
}

async function ask(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(path, init)
  const answer: unknown = await response.json()
  if (response.ok) return answer
  const problem = typeof answer === "object" && answer !== null && "problem" in answer ? String(answer.problem) : ""
  throw new Error(problem === "" ? `The lab answered with HTTP ${response.status}.` : problem)
}
