import { type DemoData, type ServedDemo, serveDemo } from "../server/index.ts"
import { type FaultRelay, startRelay } from "./fault-relay.ts"
import type { RunningPart } from "./part-switch.ts"
import { loopback } from "./ports.ts"

/** Values that the gRPC servers read while they run. `ServeDemoOptions` explains them. */
export interface ServiceNeeds {
  readonly data: () => DemoData
  readonly adminUrl: () => string | null
  readonly delayMs: () => number
  readonly graceMs: number
}

/** A gRPC server over the demo's data. Every later start reuses the address of the first start. */
export interface ServicePart {
  readonly start: () => Promise<RunningPart>
  /** `http://host:port`. Valid after the first start. */
  readonly address: () => string
}

/** The first version, behind a relay that can fail. */
export interface RelayedServicePart extends ServicePart {
  /** The relay in front of the server. Null while the server is stopped. */
  readonly line: () => FaultRelay | null
}

/** Makes the first version. `port` is the relay's; with 0 the first start picks one. */
export function createRelayedService(port: number, needs: ServiceNeeds): RelayedServicePart {
  let line: FaultRelay | null = null
  let relayPort = port

  async function start(): Promise<RunningPart> {
    const server = await serve("v1", 0, needs)
    const targetPort = Number(new URL(server.address).port)
    const opened = await startRelay({ host: loopback, port: relayPort, targetPort: () => targetPort }).catch(
      async (error: unknown) => {
        await server.close(0)
        throw error
      },
    )
    line = opened
    relayPort = opened.port
    return running(async () => {
      line = null
      await server.close(needs.graceMs)
      await opened.close()
    })
  }

  return { start, line: () => line, address: () => `http://${loopback}:${relayPort}` }
}

/** Makes the second version. The first start picks a free port. */
export function createSecondVersion(needs: ServiceNeeds): ServicePart {
  let address = `http://${loopback}:0`

  async function start(): Promise<RunningPart> {
    const server = await serve("v2", Number(new URL(address).port), needs)
    address = server.address
    return running(() => server.close(needs.graceMs))
  }

  return { start, address: () => address }
}

function serve(version: string, port: number, { data, adminUrl, delayMs }: ServiceNeeds): Promise<ServedDemo> {
  return serveDemo(data(), { host: loopback, port, version, adminUrl, delayMs })
}

/** The servers run in this process, so none can end by itself. */
function running(stop: () => Promise<void>): RunningPart {
  return { ended: new Promise(() => {}), stop }
}
