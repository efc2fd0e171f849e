import { create } from "@bufbuild/protobuf"
import { createLabHandler } from "@causeway/demo/start/lab-http.ts"
import type { LabHandler } from "@causeway/demo/start/lab-http.ts"
import type { LastingFault } from "@causeway/demo/start/lab-state.ts"
import { ReasonCountSchema, WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"
import { snapshotAfter } from "./still-services.ts"

/**
 * A fake lab: it reports faults but causes none. The bridge has counted one call more after each fault, and no fault
 * ends by itself.
 */
export function stillLab(origins: () => readonly string[]): LabHandler {
  const faults: LastingFault[] = []
  const lab = {
    state: () => ({
      bridge: { kind: "up" as const },
      service: faults.length === 0 ? { kind: "up" as const } : { kind: "down" as const, why: "it was stopped here" },
      faults,
      restoreInMs: faults.length === 0 ? null : 30_000,
      pageLineUrl: ":1",
      strangerOrigin: ":1",
    }),
    act: async (action: string) => {
      if (action === "service-stopped") faults.push(action)
    },
    delayMs: () => 0,
    noteLostBridge: () => {},
    close: () => {},
  }
  const readBridge = async () => {
    const value = snapshotAfter(0)
    value.endedByBridge = [create(ReasonCountSchema, { reason: "backend-unreachable", count: BigInt(faults.length) })]
    return create(WatchBridgeResponseSchema, { state: { case: "snapshot", value } })
  }
  return createLabHandler({ lab, origins, readBridge })
}
