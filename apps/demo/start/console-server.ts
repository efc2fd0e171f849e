import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

import { createServer as createVite } from "vite"

import { consoleConfig } from "../web/console-config.ts"

/** The console's dev server, listening. */
export interface ConsoleServer {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Where to serve the console, and what it calls. */
export interface ConsoleOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** As `consoleConfig` takes it. */
  readonly bridgeUrl: () => string
}

/**
 * Serves the console by Vite, with reload on change. The HTTP server is ours: Vite's own would end the process on SIGTERM
 * before the rest has stopped, and opens a second port for its WebSocket.
 */
export async function startConsole({ host, port, bridgeUrl }: ConsoleOptions): Promise<ConsoleServer> {
  const server = createServer()
  const vite = await createVite({
    ...consoleConfig(bridgeUrl),
    configFile: false,
    logLevel: "warn",
    server: { middlewareMode: true, ws: { server }, allowedHosts: [host] },
  })
  server.on("request", vite.middlewares)
  try {
    server.listen(port, host)
    await once(server, "listening")
  } catch (error) {
    await vite.close()
    throw error
  }
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close()
      server.closeAllConnections()
      await vite.close()
    },
  }
}
