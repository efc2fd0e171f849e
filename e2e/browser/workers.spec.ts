import { Code, ConnectError } from "@connectrpc/connect"
import type { WorkerKind } from "./pages/workers.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

// In Chromium Playwright accepts the bridge's certificate for pages and their own workers alone.
test.use({
  launchOptions: ({ launchOptions, browserName }, use) =>
    use(browserName === "chromium" ? { ...launchOptions, args: ["--ignore-certificate-errors"] } : launchOptions),
})

function getUser({ id }: { id: string }): { user: { displayName: string } } {
  if (id === "missing") throw new ConnectError("no such user", Code.NotFound)
  return { user: { displayName: "Ada Lovelace" } }
}

const kinds: readonly WorkerKind[] = ["worker", "shared worker", "service worker"]
for (const kind of kinds) {
  test(`a ${kind} makes unary calls, and takes a stream message by message and leaves it`, async ({
    page,
    scriptBackend,
    bridgeTo,
    openPage,
  }) => {
    const script = new WatchScript()
    const bridge = await bridgeTo(await scriptBackend({ users: { getUser }, audit: script.service }))
    await openPage("workers.html")
    await page.evaluate(([kind, bridge]) => pageWorkers.start(kind, bridge), [kind, bridge.address] as const)

    const watch = await script.call(1)
    const told = ["found Ada Lovelace", "[not_found] no such user"]
    for (const sequence of [1, 2]) {
      await expect.poll(() => page.evaluate(() => pageWorkers.told())).toEqual(told)
      watch.send(sequence)
      told.push(`event ${sequence}`)
    }
    await expect.poll(() => page.evaluate(() => pageWorkers.told())).toEqual([...told, "left"])
    await watch.expectCancelled()
  })
}
