import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

import { createServer as createVite } from "vite"

import { consoleConfig } from "../web/console-config.ts"
import type { LabHandler } from "./lab-http.ts"

/** The running HTTP servers of the console. */
export interface ConsoleServer {
  readonly port: number
  /** Port of a second server: it has the console's files but not the lab. Only the lab needs it. 0 means no lab. */
  readonly strangerPort: number
  readonly stop: () => Promise<void>
}

/** Settings of the console's servers: their address, and the services that the console calls. */
export interface ConsoleOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** Address of the bridge, in the form that `consoleConfig` takes. */
  readonly bridgeUrl: () => string
  /** Answers the requests to the lab. Null means no lab. */
  readonly lab: LabHandler | null
  /** The user's gRPC server that the bridge calls. Null means the demo's server. */
  readonly upstream: string | null
}

/**
 * Serves the console with Vite, which reloads the page on every change. We bring the HTTP server, because Vite's server
 * ends the process on SIGTERM before the other parts have stopped. It also opens a second port for its WebSocket.
 */
export async function startConsole(options: ConsoleOptions): Promise<ConsoleServer> {
  const { host, port, bridgeUrl, lab, upstream } = options
  const facts = { ...(lab === null ? {} : { lab: "/lab" }), ...(upstream === null ? {} : { upstream }) }
  const server = createServer()
  const stranger = createServer()
  const vite = await createVite({
    ...consoleConfig(bridgeUrl, facts),
    configFile: false,
    logLevel: "warn",
    server: { middlewareMode: true, ws: { server }, allowedHosts: [host] },
  })
  server.on("request", (request, response) => lab?.(request, response) === true || vite.middlewares(request, response))
  stranger.on("request", vite.middlewares)
  // Vite's client opens its WebSocket on the page's own origin. It reloads the page until the WebSocket opens.
  stranger.on("upgrade", (...asked) => server.emit("upgrade", ...asked))
  const stop = async (): Promise<void> => {
    for (const one of [server, stranger]) {
      one.close()
      one.closeAllConnections()
    }
    await vite.close()
  }
  try {
    const strangerPort = lab === null ? 0 : await listen(stranger, host, 0)
    return { port: await listen(server, host, port), strangerPort, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves with the port when the server listens. */
async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}
