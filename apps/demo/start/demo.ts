import { join } from "node:path"

import { consoleOrigins, isWildcard, urlOf } from "./addresses.ts"
import { startBackend } from "./backend.ts"
import { startBridge } from "./bridge-process.ts"
import { startConsole } from "./console-server.ts"
import { loopback } from "./ports.ts"
import type { Part, Settings } from "./settings.ts"

/** How long open calls may go on after the end was asked for. */
const graceMs = 1_000

/** The whole demo, in one object that can be stopped at any time. */
export interface Demo {
  /** Starts all parts in their order; gives the URL of each. Rejects with what went wrong: then call `stop`. */
  start(): Promise<Readonly<Record<Part, string>>>
  /** Stops all that has been started; within the grace time and a little more. */
  stop(): Promise<void>
  /** Resolves, with how, when the bridge ends without being asked. */
  readonly failed: Promise<string>
}

/** Makes a demo that is not started. `say` is told of each step. */
export function createDemo(settings: Settings, say: (line: string) => void): Demo {
  const { host, ports } = settings
  const started: (() => Promise<void>)[] = []
  const failed = Promise.withResolvers<string>()
  let bridgeUrl = ""

  async function start(): Promise<Readonly<Record<Part, string>>> {
    say("starting the gRPC server …")
    const { server, dataDir } = await startBackend(settings, say)
    started.push(() => server.close(graceMs))
    say(`its data is in ${dataDir}; starting the console …`)
    const page = await startConsole({ host, port: ports.console, bridgeUrl: () => bridgeUrl })
    started.push(page.stop)

    const logFile = join(dataDir, "bridge.log")
    say(`starting the bridge, which logs to ${logFile} …`)
    const bridge = startBridge({
      upstream: server.address,
      listen: hostPort(host, ports.bridge),
      admin: hostPort(loopback, ports.admin),
      corsOrigins: consoleOrigins(host, page.port),
      graceMs,
      logFile,
    })
    started.push(bridge.stop)
    const addresses = await bridge.listening
    void bridge.ended.then(failed.resolve)
    const bridgePort = Number(new URL(addresses.bridge).port)
    bridgeUrl = isWildcard(host) ? `:${bridgePort}` : addresses.bridge
    return {
      console: urlOf(host, page.port),
      bridge: urlOf(host, bridgePort),
      backend: server.address,
      admin: addresses.admin,
    }
  }

  async function stop(): Promise<void> {
    await Promise.allSettled(started.map((stopPart) => stopPart()))
  }

  return { start, stop, failed: failed.promise }
}

function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
}
