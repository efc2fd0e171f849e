import { type ServiceNeeds, startBackend } from "./backend.ts"
import { type FaultRelay, startRelay } from "./fault-relay.ts"
import type { RunningPart } from "./part-switch.ts"
import { loopback } from "./ports.ts"
import type { Settings } from "./settings.ts"

/** The gRPC server behind a line that can fail: starts always at the same address, with the same data. */
export interface ServicePart {
  readonly start: () => Promise<RunningPart>
  /** The line to it; null while it is stopped. */
  readonly line: () => FaultRelay | null
  /** `http://host:port` of the line. Known once it was started. */
  readonly address: () => string
  readonly dataDir: () => string
}

/** Makes the part. Its first start picks port and data directory where the settings leave them open. */
export function createServicePart(settings: Settings, needs: ServiceNeeds): ServicePart {
  let line: FaultRelay | null = null
  let { dataDir } = settings
  let port = settings.ports.backend

  async function start(): Promise<RunningPart> {
    const backend = await startBackend(dataDir, needs)
    const targetPort = Number(new URL(backend.server.address).port)
    const opened = await startRelay({ host: loopback, port, targetPort: () => targetPort }).catch(async (error) => {
      await backend.server.close(0)
      throw error
    })
    line = opened
    port = opened.port
    dataDir = backend.dataDir
    return {
      // It runs in this process, and ends with it.
      ended: new Promise(() => {}),
      async stop() {
        line = null
        await backend.server.close(needs.graceMs)
        await opened.close()
      },
    }
  }

  return { start, line: () => line, address: () => `http://${loopback}:${port}`, dataDir: () => dataDir ?? "" }
}
