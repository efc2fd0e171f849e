import { type ServiceNeeds, startBackend } from "./backend.ts"
import { type FaultRelay, startRelay } from "./fault-relay.ts"
import type { RunningPart } from "./part-switch.ts"
import { loopback } from "./ports.ts"
import type { Settings } from "./settings.ts"

/** The gRPC server behind a relay that can fail. Every later start reuses the address and data of the first start. */
export interface ServicePart {
  readonly start: () => Promise<RunningPart>
  /** The relay in front of the server. Null while the server is stopped. */
  readonly line: () => FaultRelay | null
  /** `http://host:port` of the relay. Valid after the first start. */
  readonly address: () => string
  readonly dataDir: () => string
}

/** Makes the part. The first start picks the port and the data directory that the settings leave open. */
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
      // The server runs in this process, so it cannot end by itself.
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
