import { mkdirSync } from "node:fs"
import { join } from "node:path"

import { consoleOrigins, isWildcard, urlOf } from "./addresses.ts"
import { createBridgePart } from "./bridge-part.ts"
import { type ConsoleServer, startConsole } from "./console-server.ts"
import { type Demo, graceMs, hostPort } from "./demo.ts"
import { createPartSwitch } from "./part-switch.ts"
import { loopback } from "./ports.ts"
import { defaultDataDir, type Part, type Settings } from "./settings.ts"

/** Makes a demo of console and bridge in front of the user's gRPC server at `upstream`. Does not start it. */
export function createOwnServerDemo(settings: Settings, upstream: string, say: (line: string) => void): Demo {
  const { host, ports, dataDir } = settings
  const logFile = join(dataDir ?? defaultDataDir, "bridge.log")
  const started: (() => Promise<void>)[] = []
  const lost = Promise.withResolvers<string>()
  let page: ConsoleServer

  const bridgePart = createBridgePart(() => ({
    calls: { kind: "upstream", url: upstream },
    listen: hostPort(host, ports.bridge),
    admin: hostPort(loopback, ports.admin),
    corsOrigins: consoleOrigins(host, page.port),
    graceMs,
    tls: null,
    logFile,
  }))
  const bridge = createPartSwitch(bridgePart.start, (how) => lost.resolve(`the bridge ended by itself: it ${how}`))

  /** The address at which pages reach the bridge, in the form that `consoleConfig` takes. */
  function bridgeUrl(): string {
    const { port } = new URL(bridgePart.addresses()?.bridge ?? "http://127.0.0.1:0")
    return isWildcard(host) ? `:${port}` : urlOf(host, Number(port))
  }

  async function start(): Promise<Readonly<Record<Part, string>>> {
    mkdirSync(join(logFile, ".."), { recursive: true })
    page = await startConsole({ host, port: ports.console, bridgeUrl, lab: null, upstream })
    started.push(page.stop)
    say(`starting the bridge, which logs to ${logFile} …`)
    started.push(() => bridge.stop("the demo has ended"))
    await bridge.start()
    const { bridge: url, admin } = bridgePart.addresses() ?? { bridge: "", admin: "" }
    return { console: urlOf(host, page.port), bridge: urlOf(host, Number(new URL(url).port)), backend: upstream, admin }
  }

  async function stop(): Promise<void> {
    await Promise.allSettled(started.map((stopPart) => stopPart()))
  }

  return { start, stop, lost: lost.promise }
}
