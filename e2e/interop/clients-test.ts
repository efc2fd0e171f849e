import { test as base } from "@playwright/test"
import type { Page } from "@playwright/test"
import { artifacts } from "../browser/support/artifacts.ts"
import { expectIdle, startBridge, wireConfig } from "../browser/support/bridge.ts"
import type { TestBridge, Wire } from "../browser/support/bridge.ts"
import { servePages } from "../browser/support/page-server.ts"
import { startBackend } from "./backend/start-backend.ts"
import type { TestBackend } from "./backend/start-backend.ts"
import type { ClientName } from "./clients/names.ts"
import type { Scene } from "./web-cases.ts"

interface Stage {
  readonly backend: TestBackend
  readonly bridge: TestBridge
  /** Resolves with the page that has loaded this client. The page has its own origin. */
  pageOf(client: ClientName): Promise<Page>
}

/** Each worker shares these fixtures among its cells, because a cell makes only a call or two. */
interface WorkerFixtures {
  /** The protocol between the browser and the bridge. */
  readonly wire: Wire
  readonly stage: Stage
}

interface Fixtures {
  /** Returns a client, the bridge, and the backend behind the bridge. The bridge must be idle at the end of the test. */
  readonly sceneOf: (client: ClientName) => Promise<Scene>
}

/** Playwright's test, with the clients of other projects. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  wire: ["http/1.1", { option: true, scope: "worker" }],

  stage: [
    async ({ browser, wire }, use) => {
      const backend = await startBackend()
      const bridge = await startBridge({ upstream: backend.address, ...wireConfig(wire) }, () => {})
      const pages = await servePages(artifacts().clientsDir, bridge.address)
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      const loaded = new Map<ClientName, Promise<Page>>()
      const load = async (client: ClientName): Promise<Page> => {
        const page = await context.newPage()
        await page.goto(`${pages.origin}/page.html`)
        await page.evaluate(([name, bridge]) => interopCalls.load(name, bridge), [client, bridge.address] as const)
        return page
      }
      await use({
        backend,
        bridge,
        pageOf(client) {
          const page = loaded.get(client) ?? load(client)
          loaded.set(client, page)
          return page
        },
      })
      await context.close()
      await pages.close()
      await bridge.close()
      await backend.close()
    },
    { scope: "worker" },
  ],

  sceneOf: async ({ stage: { backend, bridge, pageOf } }, use) => {
    await use(async (client) => {
      const page = await pageOf(client)
      return {
        backend,
        async start(call) {
          const number = await page.evaluate((call) => interopCalls.start(call), call)
          return {
            received: (count) =>
              page.evaluate(([call, count]) => interopCalls.received(call, count), [number, count] as const),
            cancel: () => page.evaluate((call) => interopCalls.cancel(call), number),
            ended: () => page.evaluate((call) => interopCalls.ended(call), number),
          }
        },
      }
    })
    // This test checks only that nothing is left open. Other tests check the time limit.
    await expectIdle(bridge, 10_000)
  },
})
