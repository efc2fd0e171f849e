import type { ConfigInput } from "@causeway/bridge"
import { expect, test as base } from "@playwright/test"
import type { ClientKind } from "../pages/calls.ts"
import { artifacts, placeholderBridge } from "./artifacts.ts"
import { expectIdle, startBridge, wireConfig } from "./bridge.ts"
import type { TestBridge, Wire } from "./bridge.ts"
import { openCalls } from "./calls-page.ts"
import type { CallsPage } from "./calls-page.ts"
import { startDemo } from "./demo.ts"
import type { Demo } from "./demo.ts"
import { servePages } from "./page-server.ts"
import { startScriptedBackend } from "./scripted-backend.ts"
import type { ScriptedBackend, ScriptedServices } from "./scripted-backend.ts"

export type { Wire } from "./bridge.ts"
export { expect } from "@playwright/test"

/** Options of a project or a file. */
interface Options {
  /** What the browser speaks to the bridge. */
  readonly wire: Wire
  /** Errors on the browser's console that belong to the test, such as a refused connection. Default: none. */
  readonly expectedProblems: RegExp | null
}

/** Everything that a test starts. At its end the pages are closed; then the rest is stopped, the last one first. */
interface Fixtures {
  /** Calls a function at the end of the test. */
  readonly atEnd: (stop: () => Promise<unknown>) => void
  /** The demo's own gRPC server, with data of its own. */
  readonly demo: Demo
  /** A gRPC server that answers as the test says. */
  readonly scriptBackend: (services: ScriptedServices, port?: number) => Promise<ScriptedBackend>
  /** A bridge on the project's wire. At the end of the test, without a page, it must become idle. */
  readonly bridgeTo: (backend: { readonly address: string }, config?: Partial<ConfigInput>) => Promise<TestBridge>
  /** Opens one view of the console, for this bridge and from an origin of its own; gives the origin. */
  readonly openConsole: (bridge: { readonly address: string }, view?: string) => Promise<string>
  /** Opens a page of pages/ from an origin of its own; gives the origin. */
  readonly openPage: (file: "streams.html" | "feed.html" | "workers.html") => Promise<string>
  /** Opens the page of calls from an origin of its own, with one of the clients. */
  readonly openCalls: (bridge: { readonly address: string }, kind?: ClientKind) => Promise<CallsPage>
}

/** Playwright's test with the fixtures of these tests. It fails on unexpected errors on the browser's console. */
export const test = base.extend<Options & Fixtures & { readonly noProblems: void }>({
  wire: ["http/1.1", { option: true }],
  expectedProblems: [null, { option: true }],

  atEnd: async ({ context }, use) => {
    const stops: (() => Promise<unknown>)[] = []
    await use((stop) => stops.unshift(stop))
    const failures: unknown[] = []
    await Promise.all(context.pages().map((page) => page.close()))
    for (const stop of stops) await stop().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  },

  demo: async ({ atEnd }, use) => {
    const demo = await startDemo()
    atEnd(demo.close)
    await use(demo)
  },

  scriptBackend: async ({ atEnd }, use) => {
    await use(async (services, port = 0) => {
      const backend = await startScriptedBackend(services, port)
      atEnd(backend.close)
      return backend
    })
  },

  bridgeTo: async ({ atEnd, wire }, use, testInfo) => {
    const events: string[] = []
    await use(async ({ address }, config) => {
      const bridge = await startBridge({ upstream: address, ...wireConfig(wire), ...config }, (line) =>
        events.push(line),
      )
      atEnd(async () => {
        try {
          // The tests of cancelling check the time; here a busy machine may need longer.
          await expectIdle(bridge, 10_000)
        } finally {
          await bridge.close()
        }
      })
      return bridge
    })
    if (testInfo.errors.length > 0) await testInfo.attach("bridge.log", { body: events.join("\n") })
  },

  openConsole: async ({ atEnd, page }, use) => {
    await use(async ({ address }, view = "users") => {
      const pages = await servePages(artifacts().consoleDir, address)
      atEnd(pages.close)
      await page.goto(`${pages.origin}/#/${view}`)
      return pages.origin
    })
  },

  openPage: async ({ atEnd, page }, use) => {
    await use(async (file) => {
      const pages = await servePages(artifacts().callsDir, placeholderBridge)
      atEnd(pages.close)
      await page.goto(`${pages.origin}/${file}`)
      return pages.origin
    })
  },

  openCalls: async ({ atEnd, page }, use) => {
    await use(async ({ address }, kind = "causeway") => {
      const pages = await servePages(artifacts().callsDir, address)
      atEnd(pages.close)
      return openCalls(page, pages.origin, kind, address)
    })
  },

  noProblems: [
    async ({ context, expectedProblems }, use, testInfo) => {
      const problems: string[] = []
      const note = (text: string): void => {
        if (expectedProblems?.test(text) !== true) problems.push(text)
      }
      context.on("weberror", (error) => note(String(error.error())))
      context.on("console", (message) => {
        if (message.type() === "error") note(message.text())
      })
      await use()
      // The screenshot of a failed test puts a style into the page, which its security policy complains of.
      if (testInfo.errors.length === 0) expect(problems, "errors on the browser's console").toEqual([])
    },
    { auto: true },
  ],
})
