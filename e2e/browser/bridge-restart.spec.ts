import { startBridgeProcess } from "./support/bridge-process.ts"
import { expectIdle } from "./support/bridge.ts"
import { expectEvents } from "./support/expect-events.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

/** The console errors of browsers about broken and refused connections. */
test.use({ expectedProblems: /net::ERR_|Cross-Origin Request Blocked/ })

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`a stream resumes by itself after its bridge was ended by ${signal} and started again`, async ({
    page,
    wire,
    atEnd,
    scriptBackend,
    openConsole,
  }) => {
    const script = new WatchScript()
    const backend = await scriptBackend({ audit: script.service })
    const first = await startBridgeProcess(backend.address, wire, "127.0.0.1:0")
    atEnd(() => first.end("SIGKILL"))
    await openConsole(first, "audit")
    const watch = await script.call(1)
    watch.send(1, 2, 3)
    await expectEvents(page, 1, 3)

    await first.end(signal)
    await watch.expectCancelled()
    await expect(page.getByRole("alert")).toBeVisible()
    const second = await startBridgeProcess(backend.address, wire, new URL(first.address).host)
    atEnd(() => second.end("SIGKILL"))
    const resumed = await script.call(2)
    expect(resumed.after).toBe(3)
    resumed.send(4, 5)
    await expectEvents(page, 1, 5)
    await expect(page.getByText("5 events received, resumed once")).toBeVisible()
    await page.close()
    await expectIdle(second)
  })
}

test("a list finds its bridge again by Retry", async ({ page, wire, atEnd, scriptBackend, openConsole }) => {
  const users = { listUsers: () => ({ users: [{ id: "1", displayName: "Ada Lovelace" }], totalSize: 1n }) }
  const backend = await scriptBackend({ users })
  const first = await startBridgeProcess(backend.address, wire, "127.0.0.1:0")
  atEnd(() => first.end("SIGKILL"))
  await openConsole(first)
  await expect(page.getByText("Ada Lovelace", { exact: true })).toBeVisible()

  await first.end("SIGKILL")
  await page.getByRole("searchbox", { name: "Search users" }).fill("ada")
  const alert = page.getByRole("alert")
  await expect(alert).toContainText("No answer from the bridge")
  const second = await startBridgeProcess(backend.address, wire, new URL(first.address).host)
  atEnd(() => second.end("SIGKILL"))
  await alert.getByRole("button", { name: "Retry" }).click()
  await expect(page.getByText("Ada Lovelace", { exact: true })).toBeVisible()
})
