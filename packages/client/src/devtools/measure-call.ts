import { codeName } from "@causeway/protocol"
import type { ConnectError } from "@connectrpc/connect"

/** Shows a call in its own track of Chromium's performance panel. Other browsers show it as a measure. */
export function measureCall(name: string, startMs: number, error: ConnectError | undefined): void {
  performance.measure(name, {
    start: startMs,
    detail: {
      devtools: {
        dataType: "track-entry",
        track: "gRPC calls",
        color: error ? "error" : "primary",
        properties: [["status", codeName(error?.code ?? 0)]],
      },
    },
  })
  // The panel has recorded the entry by now. Kept entries would leak memory in a page that stays open for days.
  performance.clearMeasures(name)
}
