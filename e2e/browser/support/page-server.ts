import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join } from "node:path"
import { placeholderBridge } from "./artifacts.ts"

/** A server of built pages, listening. */
export interface PageServer {
  /** `http://127.0.0.1:port`: the origin of its pages. */
  readonly origin: string
  close(): Promise<void>
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
}

/** Answers a request if it is its own. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean

/** Serves what Vite has built into `dir` on a free port, with the bridge's address put into the pages. */
export async function servePages(dir: string, bridgeAddress: string): Promise<PageServer> {
  return serveEditedPages(dir, (html) => html.replaceAll(placeholderBridge, bridgeAddress))
}

/** The same with another change of each page; what `first` answers is not looked for in `dir`. */
export async function serveEditedPages(
  dir: string,
  edit: (html: string) => string,
  first: Handler = () => false,
): Promise<PageServer> {
  const server = createServer((request, response) => {
    if (first(request, response)) return
    const { pathname } = new URL(request.url ?? "/", "http://localhost")
    void answer(join(dir, pathname === "/" ? "index.html" : pathname), edit, response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(file: string, edit: (html: string) => string, response: ServerResponse): Promise<void> {
  const type = types[extname(file)]
  const content = await readFile(file).catch(() => null)
  if (content === null || type === undefined) {
    response.writeHead(404).end()
    return
  }
  const isPage = extname(file) === ".html"
  response.setHeader("content-type", type)
  response.end(isPage ? edit(content.toString()) : content)
}
