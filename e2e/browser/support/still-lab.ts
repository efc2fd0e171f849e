import { create } from "@bufbuild/protobuf"
import { bridgeConfig } from "@causeway/demo/start/bridge-config.ts"
import { createLabHandler } from "@causeway/demo/start/lab-http.ts"
import type { LabHandler } from "@causeway/demo/start/lab-http.ts"
import type { LastingFault } from "@causeway/demo/start/lab-state.ts"
import type { FleetState } from "@causeway/demo/start/fleet-state.ts"
import { ReasonCountSchema, WatchBridgeResponseSchema } from "@causeway/proto/api/v1/bridge_pb"
import { snapshotAfter } from "./still-services.ts"

const [v1, v2] = ["http://127.0.0.1:50051", "http://127.0.0.1:50052"]
const configuration = bridgeConfig({ v1, v2: { address: v2, sharePercent: 10 } })

const fleet: FleetState = {
  kind: "read",
  routes: [
    {
      name: "testers",
      match: 'x-version is "v2"',
      calls: 12,
      kind: "upstream",
      upstreams: [{ name: "v2", weight: 1, share: 1, calls: 12 }],
    },
    {
      name: "canary",
      match: "the service is api.v1.UserService",
      calls: 1_800,
      kind: "split",
      upstreams: [
        { name: "v1", weight: 90, share: 0.9, calls: 1_627 },
        { name: "v2", weight: 10, share: 0.1, calls: 173 },
      ],
    },
    {
      name: "everything-else",
      match: "every call",
      calls: 14,
      kind: "upstream",
      upstreams: [{ name: "v1", weight: 1, share: 1, calls: 14 }],
    },
  ],
  upstreams: [
    {
      name: "v1",
      waiting: 0,
      callsInFlight: 13,
      endpoints: [
        {
          address: v1,
          isHealthy: true,
          why: "nothing speaks against it",
          sessions: { open: 1, connecting: 0, draining: 0 },
          streams: 13,
          streamLimit: 100,
          oldestSessionSeconds: 132,
        },
      ],
    },
    {
      name: "v2",
      waiting: 0,
      callsInFlight: 0,
      endpoints: [
        {
          address: v2,
          isHealthy: false,
          why: "its health check fails",
          sessions: { open: 1, connecting: 0, draining: 0 },
          streams: 0,
          streamLimit: 100,
          oldestSessionSeconds: 12,
        },
      ],
    },
  ],
}

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
      canary: { kind: "on" as const, server: { kind: "up" as const }, sharePercent: 10 },
      configuration,
      faults,
      restoreInMs: faults.length === 0 ? null : 30_000,
      pageLineUrl: ":1",
      strangerOrigin: ":1",
    }),
    act: async (action: string) => {
      if (action === "service-stopped") faults.push(action)
    },
    setShare: async () => {},
    delayMs: () => 0,
    noteLostBridge: () => {},
    close: () => {},
  }
  const readBridge = async () => {
    const value = snapshotAfter(0)
    value.endedByBridge = [create(ReasonCountSchema, { reason: "backend-unreachable", count: BigInt(faults.length) })]
    return create(WatchBridgeResponseSchema, { state: { case: "snapshot", value } })
  }
  return createLabHandler({ lab, origins, readBridge, readFleet: async () => fleet })
}
