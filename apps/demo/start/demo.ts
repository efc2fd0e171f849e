import { join } from "node:path"

import { readBridge } from "../server/index.ts"
import { consoleOrigins, isWildcard, urlOf } from "./addresses.ts"
import { createBridgePart } from "./bridge-part.ts"
import type { BridgeOptions } from "./bridge-process.ts"
import { createCanary } from "./canary.ts"
import { createConfigFile } from "./config-file.ts"
import { type ConsoleServer, startConsole } from "./console-server.ts"
import { type FaultRelay, startRelay } from "./fault-relay.ts"
import { createLabHandler } from "./lab-http.ts"
import { createLab } from "./lab.ts"
import { openData, type OpenedData } from "./open-data.ts"
import { createPartSwitch } from "./part-switch.ts"
import { loopback } from "./ports.ts"
import { readFleet } from "./read-fleet.ts"
import { createRelayedService, createSecondVersion } from "./service-part.ts"
import type { Part, Settings } from "./settings.ts"

/** Time that open calls get to finish after the demo was asked to end. */
export const graceMs = 1_000

/** The whole demo. It can be stopped at any time, also while it starts. */
export interface Demo {
  /** Starts all parts in order and resolves with the URL of each. If it rejects, call `stop`. */
  start(): Promise<Readonly<Record<Part, string>>>
  /** Resolves with the reason when a part ends unexpectedly and will not be restarted. */
  readonly lost: Promise<string>
  /** Stops every part that was started. Takes slightly longer than the grace time at most. */
  stop(): Promise<void>
}

/** Differences from the demo of `npm start`. */
export interface DemoVariant {
  /** Serves the console. Default: Vite serves the sources. */
  readonly startConsole?: typeof startConsole
  /** Certificate of the bridge. With TLS, browsers use HTTP/2. Default: null, which means plain text. */
  readonly tls?: BridgeOptions["tls"]
}

/** Makes a demo and does not start it. `say` receives a line for each step and for each failure. */
export function createDemo(settings: Settings, say: (line: string) => void, variant: DemoVariant = {}): Demo {
  const { host, ports } = settings
  const { tls = null } = variant
  const started: (() => Promise<void>)[] = []
  let opened: OpenedData
  let page: ConsoleServer
  let pageLine: FaultRelay

  const needs = { data: () => opened.data, adminUrl, delayMs: () => lab.delayMs(), graceMs }
  const servicePart = createRelayedService(ports.backend, needs)
  const service = createPartSwitch(servicePart.start, () => {})
  const secondVersion = createSecondVersion(needs)
  const v2 = createPartSwitch(secondVersion.start, () => {})
  const bridgePart = createBridgePart(() => ({
    calls: { kind: "config", file: configFile.path() },
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
  const configFile = createConfigFile({
    path: () => join(opened.dataDir, "bridge.yaml"),
    adminUrl: () => (bridge.state.kind === "up" ? adminUrl() : null),
  })
  const addresses = () => ({ v1: servicePart.address(), v2: secondVersion.address() })
  const canary = createCanary({ v2, addresses, configFile })
  const lab = createLab({
    bridge,
    service,
    v2,
    canary,
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
    return join(opened.dataDir, "bridge.log")
  }

  /** The address at which pages reach a port on the bridge's host, in the form that `consoleConfig` takes. */
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
    opened = openData(settings.dataDir, say)
    started.push(stopServices)
    await service.start()
    say(`its data is in ${opened.dataDir}; starting the console …`)
    const handleLab = createLabHandler({
      lab,
      origins,
      readBridge: () => readBridge(adminUrl()),
      readFleet: () => readFleet(adminUrl()),
    })
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
    await canary.prepare()
    started.push(() => bridge.stop("the demo has ended"))
    await bridge.start()
    return {
      console: urlOf(host, page.port),
      bridge: urlOf(host, bridgePort()),
      backend: servicePart.address(),
      admin: adminUrl() ?? "",
    }
  }

  async function stopServices(): Promise<void> {
    await Promise.all([service, v2].map((part) => part.stop("the demo has ended")))
    opened.data.close()
  }

  async function stop(): Promise<void> {
    lab.close()
    await Promise.allSettled(started.map((stopPart) => stopPart()))
  }

  // `lost` never resolves here: the lab restarts a bridge that ended, as it does after a fault of the Faults page.
  return { start, stop, lost: new Promise(() => {}) }
}

/** `host:port`, in the form that the bridge's flags take. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
}
