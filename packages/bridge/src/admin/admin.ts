import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { formatHostPort, parseHostPort } from "../config/host-port.ts"
import { hostNameProblem, isAllowedHost, nameOf } from "./allowed-host.ts"

/** Whether the bridge accepts new calls. `why`: the reason if it does not. */
export interface Readiness {
  readonly ready: boolean
  readonly why: string
  /** Facts for /readyz?verbose that do not change the answer. */
  readonly notes?: readonly string[]
}

/** Address, contents and callbacks of the admin pages. */
export interface AdminOptions {
  /** `host:port`. Port 0 picks a free one. */
  readonly listen: string
  /** Returns the text of /metrics. */
  readonly metrics: () => string
  readonly readiness: () => Readiness
  /** Returns what /upstreams shows, to be written as JSON. */
  readonly upstreams: () => unknown
  /** Returns what /routes shows, to be written as JSON. */
  readonly routes: () => unknown
  /** Reads the configuration file again. Null: there is no file. */
  readonly reload?: (() => Promise<AdminReload>) | null
  /** Names that may read metrics, besides names that no web site can have. `*`: every name. */
  readonly hosts?: readonly string[]
  /** Called when a name was refused, at most once a minute. */
  readonly onRefusedHost?: (host: string) => void
  /** Called when a page threw. */
  readonly onCrash?: (where: string, cause: unknown) => void
}

/** The result of a reload, as POST /reload shows it. */
export type AdminReload =
  | { readonly kind: "applied"; readonly needRestart: readonly string[] }
  | {
      readonly kind: "refused"
      readonly problems: readonly { readonly name: string; readonly message: string }[]
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

/** Prometheus and probes need only a few connections. More would only hold memory. */
const maxConnections = 100
const maxScrapes = 4
const refusalQuietMs = 60_000
const serverOptions = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 65_000, // longer than the usual scrape interval
  maxHeaderSize: 8_192,
}
/** A reader that reads nothing for this long is cut. */
const stallMs = 30_000

const index = `Causeway bridge: admin

/healthz   200 while the process serves
/readyz    200 while new calls are welcome, otherwise 503 and the reason
/readyz?verbose   the same, with facts such as a configuration file that was refused
/metrics   Prometheus metrics
/upstreams  the upstreams as JSON: endpoints, their health and why, connections, shares
/routes    the routes as JSON, in order: their conditions, calls, upstreams and shares
/reload    POST: reads the configuration file and the certificates again
`

/**
 * Serves health, readiness and metrics over plain HTTP/1.1. Everyone who reaches the port may read them, so keep it on loopback
 * or inside the cluster. Web pages may not: see `isAllowedHost`.
 * @throws the operating system's error when the address cannot be listened on
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const target = parseHostPort(options.listen)
  if (target === null) throw new TypeError(`admin: received "${options.listen}", expected host:port`)
  const pages = new Pages(options)
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

class Pages {
  readonly #options: AdminOptions
  #scrapes = 0
  #refusalToldAt = -Infinity

  constructor(options: AdminOptions) {
    this.#options = options
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const page = request.method === "POST" ? await this.#post(request) : this.#pageFor(request, response)
    const { status, text, type = "text/plain; charset=utf-8" } = page
    const headers = {
      "content-type": type,
      "content-length": Buffer.byteLength(text),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(status === 405 ? { allow: "GET, HEAD" } : {}),
    }
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : text)
  }

  #pageFor({ method, url = "/", headers }: IncomingMessage, response: ServerResponse): Page {
    if (method !== "GET" && method !== "HEAD") return notKnown(method)
    const path = url.split("?", 1)[0]
    const { hosts = [], readiness, onCrash } = this.#options
    try {
      switch (path) {
        case "/":
          return { status: 200, text: index }
        case "/healthz":
          return { status: 200, text: "ok\n" }
        case "/readyz":
          // Probes use any name and must not fail for it. The reason names the backend, so it is shown only under an allowed
          // name.
          return readinessPage(readiness(), isAllowedHost(headers.host, hosts), url.endsWith("?verbose"))
        case "/metrics":
          return isAllowedHost(headers.host, hosts) ? this.#metrics(response) : this.#refuseHost(headers.host)
        case "/upstreams":
          return isAllowedHost(headers.host, hosts) ? json(this.#options.upstreams()) : this.#refuseHost(headers.host)
        case "/routes":
          return isAllowedHost(headers.host, hosts) ? json(this.#options.routes()) : this.#refuseHost(headers.host)
        default:
          return { status: 404, text: "No page here; / lists them.\n" }
      }
    } catch (cause) {
      onCrash?.(`admin page ${path}`, cause)
      return { status: 500, text: "The bridge failed to make this page; its log says why.\n" }
    }
  }

  async #post({ method, url, headers }: IncomingMessage): Promise<Page> {
    const { hosts = [], reload, onCrash } = this.#options
    if (url !== "/reload") return notKnown(method)
    if (!isAllowedHost(headers.host, hosts)) return this.#refuseHost(headers.host)
    // Any page may send a POST without asking, but its browser then names the page.
    if (headers.origin !== undefined) return { status: 403, text: "Web pages may not reload the bridge.\n" }
    if (reload === undefined || reload === null) {
      return {
        status: 409,
        text: "The bridge was started without a configuration file (--config); send SIGHUP for certificates.\n",
      }
    }
    try {
      const result = await reload()
      const text = `${JSON.stringify(result, null, 2)}\n`
      return { status: result.kind === "applied" ? 200 : 422, text, type: "application/json" }
    } catch (cause) {
      onCrash?.("admin page /reload", cause)
      return { status: 500, text: "The bridge failed to reload; its log says why.\n" }
    }
  }

  /** Each text is held in memory until its reader has read it. */
  #metrics(response: ServerResponse): Page {
    if (this.#scrapes >= maxScrapes) {
      return { status: 503, text: `${maxScrapes} readers of /metrics have not taken their answers yet; try again.\n` }
    }
    const text = this.#options.metrics()
    this.#scrapes++
    response.once("close", () => this.#scrapes--)
    return { status: 200, text, type: "text/plain; version=0.0.4; charset=utf-8" }
  }

  #refuseHost(host = ""): Page {
    const name = nameOf(host)
    if (name === null || hostNameProblem(name) !== null) {
      return {
        status: 403,
        text: "The Host field names no host; expected a name or an IP address, and perhaps a port.\n",
      }
    }
    const now = performance.now()
    if (now - this.#refusalToldAt >= refusalQuietMs) {
      this.#refusalToldAt = now
      this.#options.onRefusedHost?.(name)
    }
    return {
      status: 403,
      text: `${name} may be a web page's name, under which the page could read this (DNS rebinding). /metrics answers to IP addresses, localhost, and names that no web site can have; if the name is yours, start the bridge with --admin-host ${name}\n`,
    }
  }
}

function json(value: unknown): Page {
  return { status: 200, text: `${JSON.stringify(value, null, 2)}\n`, type: "application/json" }
}

function readinessPage({ ready, why, notes = [] }: Readiness, showsWhy: boolean, isVerbose: boolean): Page {
  const lines = showsWhy && isVerbose ? notes.map((note) => `${note}\n`).join("") : ""
  if (ready) return { status: 200, text: `ready\n${lines}` }
  return { status: 503, text: showsWhy ? `not ready: ${why}\n${lines}` : "not ready\n" }
}

function notKnown(method: string | undefined): Page {
  return { status: 405, text: `${method} is not known here; use GET.\n` }
}
