import { codeName } from "@causeway/protocol"
import type { ConnectError } from "@connectrpc/connect"

/** Draws a call into a track of its own in the performance panel of Chromium; other browsers show it as a measure. */
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
  // The panel has it by now. Kept, the entries would be a leak in a page that is open for days.
  performance.clearMeasures(name)
}
