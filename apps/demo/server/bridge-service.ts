import type { BridgeService } from "@causeway/proto/api/v1/bridge_pb"
import type { ServiceImpl } from "@connectrpc/connect"

import { Bell } from "./bell.ts"
import type { BridgeMonitor } from "./bridge-monitor.ts"

/** api.v1.BridgeService over the monitor. A slow caller skips readings and gets the newest. */
export function createBridgeService(monitor: BridgeMonitor): ServiceImpl<typeof BridgeService> {
  return {
    async *watchBridge(_request, { signal }) {
      const bell = new Bell()
      monitor.watch(bell)
      try {
        for (;;) {
          await bell.wait(signal)
          if (monitor.latest !== null) yield monitor.latest
        }
      } finally {
        monitor.unwatch(bell)
      }
    },
  }
}
