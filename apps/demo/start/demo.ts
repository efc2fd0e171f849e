import { join } from "node:path"

import { readGateway } from "../server/index.ts"
import { consoleOrigins, isWildcard, urlOf } from "./addresses.ts"
import { createBridgePart } from "./bridge-part.ts"
import type { BridgeOptions } from "./bridge-process.ts"
import { type ConsoleServer, startConsole } from "./console-server.ts"
import { type FaultRelay, startRelay } from "./fault-relay.ts"
import { createLabHandler } from "./lab-http.ts"
import { createLab } from "./lab.ts"
import { createPartSwitch } from "./part-switch.ts"
import { loopback } from "./ports.ts"
import { createServicePart } from "./service-part.ts"
import type { Part, Settings } from "./settings.ts"

/** How long open calls may go on after the end was asked for. */
export const graceMs = 1_000

/** The whole demo, in one object that can be stopped at any time. */
export interface Demo {
  /** Starts all parts in their order; gives the URL of each. Rejects with what went wrong: then call `stop`. */
  start(): Promise<Readonly<Record<Part, string>>>
  /** Resolves with the reason when a part has ended by itself and is not started again. */
  readonly lost: Promise<string>
  /** Stops all that has been started; within the grace time and a little more. */
  stop(): Promise<void>
}

/** What is other than in `npm start`. */
export interface DemoVariant {
  /** Serves the console. Default: Vite, from its sources. */
  readonly startConsole?: typeof startConsole
  /** With it the bridge speaks TLS, and browsers speak HTTP/2 to it. Default: null. */
  readonly tls?: BridgeOptions["tls"]
}

/** Makes a demo that is not started. `say` is told of each step, and of what breaks. */
export function createDemo(settings: Settings, say: (line: string) => void, variant: DemoVariant = {}): Demo {
  const { host, ports } = settings
  const { tls = null } = variant
  const started: (() => Promise<void>)[] = []
  let page: ConsoleServer
  let pageLine: FaultRelay

  const servicePart = createServicePart(settings, { adminUrl, delayMs: () => lab.delayMs(), graceMs, say })
  const service = createPartSwitch(servicePart.start, () => {})
  const bridgePart = createBridgePart(() => ({
    upstream: servicePart.address(),
    listen: hostPort(host, ports.bridge),
    admin: hostPort(loopback, ports.admin),
    corsOrigins: origins(),
    graceMs,
    tls,
    logFile: logFile(),
  }))
  const bridge = createPartSwitch(bridgePart.start, (how) => {
    say(`the bridge ended by itself: it ${how}`)
    say("the console's Faults page starts it again at once, or it is started in 30 s")
    lab.noteLostBridge()
  })
  const lab = createLab({
    bridge,
    service,
    pageLine: () => pageLine,
    serviceLine: servicePart.line,
    urls: () => ({ pageLineUrl: bridgeUrl(pageLine.port), strangerOrigin: pageUrl(page.strangerPort) }),
    say,
  })

  function adminUrl(): string | null {
    return bridgePart.addresses()?.admin ?? null
  }

  function origins(): string[] {
    return consoleOrigins(host, page.port)
  }

  function logFile(): string {
    return join(servicePart.dataDir(), "bridge.log")
  }

  /** Where pages find a port that is bound as the bridge is: as `consoleConfig` takes it. */
  function bridgeUrl(port: number): string {
    if (isWildcard(host)) return `:${port}`
    return tls === null ? urlOf(host, port) : urlOf(host, port).replace("http:", "https:")
  }

  function pageUrl(port: number): string {
    return isWildcard(host) ? `:${port}` : urlOf(host, port)
  }

  function bridgePort(): number {
    return Number(new URL(bridgePart.addresses()?.bridge ?? "http://127.0.0.1:0").port)
  }

  async function start(): Promise<Readonly<Record<Part, string>>> {
    say("starting the gRPC server …")
    started.push(() => service.stop("the demo has ended"))
    await service.start()
    say(`its data is in ${servicePart.dataDir()}; starting the console …`)
    const handleLab = createLabHandler({ lab, origins, readBridge: () => readGateway(adminUrl()) })
    const serveConsole = variant.startConsole ?? startConsole
    page = await serveConsole({
      host,
      port: ports.console,
      bridgeUrl: () => bridgeUrl(bridgePort()),
      lab: handleLab,
      upstream: null,
    })
    started.push(page.stop)
    pageLine = await startRelay({ host, port: 0, targetPort: bridgePort })
    started.push(pageLine.close)

    say(`starting the bridge, which logs to ${logFile()} …`)
    started.push(() => bridge.stop("the demo has ended"))
    await bridge.start()
    return {
      console: urlOf(host, page.port),
      bridge: urlOf(host, bridgePort()),
      backend: servicePart.address(),
      admin: adminUrl() ?? "",
    }
  }

  async function stop(): Promise<void> {
    lab.close()
    await Promise.allSettled(started.map((stopPart) => stopPart()))
  }

  // A lost bridge is a fault like those of the Faults page, and is mended like them.
  return { start, stop, lost: new Promise(() => {}) }
}

/** `host:port`, as the bridge's flags take it. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
}
