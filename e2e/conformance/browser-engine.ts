import { fromBinary, toBinary } from "@bufbuild/protobuf"
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire"
import { chromium, firefox } from "@playwright/test"
import type { Page } from "@playwright/test"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { build } from "vite"
import { browserOptions } from "../browser/support/browsers.ts"
import type { BrowserName } from "../browser/support/browsers.ts"
import type { Engine } from "./engine.ts"
import {
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts"

/** One page of a real browser, in which every case runs. */
export async function browserEngine(name: BrowserName): Promise<Engine> {
  const options = browserOptions(name)
  if (options === null) throw new Error(`${name} is not installed`)
  const [server, browser] = await Promise.all([
    servePage(await bundlePage()),
    { chromium, firefox }[name].launch({ ...options.launchOptions, channel: options.channel }),
  ])
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
  await page.goto(server.origin)
  await page.waitForFunction(() => "runCase" in globalThis)
  return {
    // A browser opens six connections to one HTTP/1.1 server: a call that has to wait for one would miss its deadline.
    concurrency: 4,
    runCase: (request) => runInPage(page, toBinary(ClientCompatRequestSchema, request)),
    async close() {
      await browser.close()
      server.close()
    },
  }
}

async function runInPage(page: Page, request: Uint8Array): ReturnType<Engine["runCase"]> {
  const response = await page.evaluate((request) => globalThis.runCase(request), base64Encode(request))
  return fromBinary(ClientCompatResponseSchema, base64Decode(response))
}

async function bundlePage(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    build: { write: false, rolldownOptions: { input: join(import.meta.dirname, "page.ts") } },
  })
  const outputs = "output" in built ? built.output : []
  const [chunk] = outputs
  if (chunk === undefined || outputs.length !== 1) throw new Error("expected the page's script to be one file")
  return (chunk as { code: string }).code
}

interface PageServer {
  /** `http://127.0.0.1:port`. */
  readonly origin: string
  close(): void
}

async function servePage(script: string): Promise<PageServer> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js"
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html")
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
