import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { formatHostPort, parseHostPort } from "../config/host-port.ts"
import type { PageContents } from "./page-list.ts"
import { adminPages } from "./page-list.ts"
import type { PageAccess } from "./pages.ts"
import { Pages } from "./pages.ts"

/** Address, contents and callbacks of the admin pages. */
export interface AdminOptions extends PageAccess, PageContents {
  /** `host:port`. Port 0 picks a free one. */
  readonly listen: string
}

/** The admin server. */
export interface Admin {
  /** `http://host:port`. */
  readonly address: string
  /** Closes the port and every connection to it. */
  close(): Promise<void>
}

/** Prometheus and probes need only a few connections. More would only hold memory. */
const maxConnections = 100
const serverOptions = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 65_000, // longer than the usual scrape interval
  maxHeaderSize: 8_192,
}
/** A reader that reads nothing for this long is cut. */
const stallMs = 30_000

/**
 * Serves the pages for operators and probes over plain HTTP/1.1. Everyone who reaches the port may read them, so keep it on loopback
 * or inside the cluster. Web pages may not: see `isAllowedHost`.
 * @throws the operating system's error when the address cannot be listened on
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const target = parseHostPort(options.listen)
  if (target === null) throw new TypeError(`admin: received "${options.listen}", expected host:port`)
  const pages = new Pages(adminPages(options), options)
  const server = createServer(serverOptions, (request, response) => void pages.answer(request, response))
  server.maxConnections = maxConnections
  server.setTimeout(stallMs)
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>()
  server.once("error", reject).listen(target.port, target.host, resolve)
  await listening
  server.off("error", reject).on("error", (cause) => options.onCrash?.("admin listener", cause))
  const { address, port } = server.address() as AddressInfo
  return {
    address: `http://${formatHostPort({ host: address, port })}`,
    async close() {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    },
  }
}
