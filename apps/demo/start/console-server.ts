import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

import { createServer as createVite } from "vite"

import { consoleConfig } from "../web/console-config.ts"
import type { LabHandler } from "./lab-http.ts"

/** The console's servers, listening. */
export interface ConsoleServer {
  readonly port: number
  /** Serves the same files as an origin of its own, without the lab. 0: there is no lab, which alone needs it. */
  readonly strangerPort: number
  readonly stop: () => Promise<void>
}

/** Where to serve the console, and what it calls. */
export interface ConsoleOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** As `consoleConfig` takes it. */
  readonly bridgeUrl: () => string
  /** Answers what is for the lab; null: there is none. */
  readonly lab: LabHandler | null
  /** The user's own server that the bridge calls; null: the demo's. */
  readonly upstream: string | null
}

/**
 * Serves the console by Vite, with reload on change. The HTTP server is ours: Vite's own would end the process on SIGTERM
 * before the rest has stopped, and opens a second port for its WebSocket.
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
  // Vite's client asks for its WebSocket where its page came from, and reloads the page until it gets one.
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

/** Gives the port. */
async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}
