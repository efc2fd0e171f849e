import type { IncomingMessage, ServerResponse } from "node:http"
import { isAllowedHost } from "./allowed-host.ts"
import type { AdminPage, Page } from "./page.ts"
import { RefusedHosts } from "./refused-host.ts"

/** Access to the pages, and what is reported about it. */
export interface PageAccess {
  /** Names under which operators may ask, besides names that no web site can have. `*`: every name. */
  readonly hosts?: () => readonly string[]
  /** Called when a name was refused, at most once a minute, with the path of the page. */
  readonly onRefusedHost?: (host: string, page: string) => void
  /** Called when a page threw. */
  readonly onCrash?: (where: string, cause: unknown) => void
}

/** The text of a page is held in memory until its reader has read it. */
const maxReaders = 4

/** Answers requests with pages. */
export class Pages {
  readonly #pages: ReadonlyMap<string, AdminPage>
  readonly #access: PageAccess
  readonly #refused: RefusedHosts
  /** Numbers of answers that their readers have not taken yet, by path. */
  readonly #readers = new Map<string, number>()

  constructor(pages: readonly AdminPage[], access: PageAccess) {
    this.#pages = new Map(pages.map((page) => [page.path, page]))
    this.#access = access
    this.#refused = new RefusedHosts((host, page) => access.onRefusedHost?.(host, page))
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path, query = ""] = (request.url ?? "/").split(/\?(.*)/s, 2)
    const page = this.#pages.get(path)
    if (page === undefined) return send(request, response, { status: 404, text: "No page here; / lists them.\n" })
    const allowed = page.method === "GET" ? "GET, HEAD" : page.method
    if (!allowed.split(", ").includes(request.method ?? "")) {
      const text = `${request.method} is not known here; use ${page.method}.\n`
      return send(request, response, { status: 405, text }, { allow: allowed })
    }
    send(request, response, await this.#answerOf(page, query, request, response))
  }

  async #answerOf(page: AdminPage, query: string, request: IncomingMessage, response: ServerResponse): Promise<Page> {
    const { hosts, onCrash } = this.#access
    const { host, origin } = request.headers
    const isFromOperator = isAllowedHost(host, hosts?.() ?? [])
    const isLimited = page.isFor === "operators"
    if (isLimited && !isFromOperator) return this.#refused.answer(host ?? "", page.path)
    if (isLimited && page.method === "GET" && !this.#tryRead(page.path, response)) return tooManyReaders(page.path)
    try {
      return await page.answer({ query, origin, isFromOperator })
    } catch (cause) {
      onCrash?.(`admin page ${page.path}`, cause)
      return { status: 500, text: `The bridge failed to answer ${page.path}; its log says why.\n` }
    }
  }

  /** False: too many readers have not taken their answers. */
  #tryRead(path: string, response: ServerResponse): boolean {
    const readers = this.#readers.get(path) ?? 0
    if (readers >= maxReaders) return false
    this.#readers.set(path, readers + 1)
    response.once("close", () => this.#readers.set(path, (this.#readers.get(path) ?? 1) - 1))
    return true
  }
}

function tooManyReaders(path: string): Page {
  return { status: 503, text: `${maxReaders} readers of ${path} have not taken their answers yet; try again.\n` }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, text, type = "text/plain; charset=utf-8" }: Page,
  more: Readonly<Record<string, string>> = {},
): void {
  const headers = {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...more,
  }
  response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : text)
}
