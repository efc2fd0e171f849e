import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { formatHostPort, parseHostPort } from "../config/host-port.ts"

/** Whether new calls are welcome, and in a few words why not. */
export interface Readiness {
  readonly ready: boolean
  readonly why: string
}

/** Where the admin pages are, and what they show. */
export interface AdminOptions {
  /** `host:port`; port 0 picks a free one. */
  readonly listen: string
  /** The text of /metrics. */
  readonly metrics: () => string
  readonly readiness: () => Readiness
  /** Hears of a page that could not be made. */
  readonly onCrash?: (where: string, cause: unknown) => void
}

/** The admin server. */
export interface Admin {
  /** `http://host:port`. */
  readonly address: string
  /** Closes the port and every connection to it. */
  close(): Promise<void>
}

interface Page {
  readonly status: number
  readonly text: string
  readonly type?: string
}

const index = `Causeway bridge: admin

/healthz   200 while the process serves
/readyz    200 while new calls are welcome, otherwise 503 and the reason
/metrics   Prometheus metrics
`

/**
 * Serves health, readiness and metrics over plain HTTP/1.1. Whoever reaches the port may read them: keep it on loopback or
 * inside the cluster.
 * @throws the operating system's error when the address cannot be listened on
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const target = parseHostPort(options.listen)
  if (target === null) throw new TypeError(`admin: received "${options.listen}", expected host:port`)
  const server = createServer((request, response) => answer(options, request, response))
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

function answer(options: AdminOptions, request: IncomingMessage, response: ServerResponse): void {
  const { status, text, type = "text/plain; charset=utf-8" } = pageFor(options, request)
  const headers = {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  }
  response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : text)
}

function pageFor(options: AdminOptions, { method, url = "/" }: IncomingMessage): Page {
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: `${method} is not known here; use GET.\n` }
  const path = url.split("?", 1)[0]
  try {
    switch (path) {
      case "/":
        return { status: 200, text: index }
      case "/healthz":
        return { status: 200, text: "ok\n" }
      case "/readyz":
        return readinessPage(options.readiness())
      case "/metrics":
        return { status: 200, text: options.metrics(), type: "text/plain; version=0.0.4; charset=utf-8" }
      default:
        return { status: 404, text: "No page here; there are /healthz, /readyz and /metrics.\n" }
    }
  } catch (cause) {
    options.onCrash?.(`admin page ${path}`, cause)
    return { status: 500, text: "The bridge failed to make this page; its log says why.\n" }
  }
}

function readinessPage({ ready, why }: Readiness): Page {
  return ready ? { status: 200, text: "ready\n" } : { status: 503, text: `not ready: ${why}\n` }
}
