import type { GatewayService } from "@causeway/proto/api/v1/gateway_pb"
import type { ServiceImpl } from "@connectrpc/connect"

import { Bell } from "./bell.ts"
import type { GatewayMonitor } from "./gateway-monitor.ts"

/** api.v1.GatewayService over the monitor. A slow caller skips readings and gets the newest. */
export function createGatewayService(monitor: GatewayMonitor): ServiceImpl<typeof GatewayService> {
  return {
    async *watchGateway(_request, { signal }) {
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
