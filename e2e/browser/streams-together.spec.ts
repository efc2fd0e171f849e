import { expect, test } from "./support/test.ts"
import { expectIdle, readMetric } from "./support/bridge.ts"
import { WatchScript } from "./support/watch-script.ts"

/** Browsers open six connections to a host at most, and over HTTP/1.1 each stream holds one. */
const maxConnections = 6
const streamCounts = { "http/1.1": 5, h2: 100 } as const

const users = { getUser: () => ({ user: { displayName: "Ada Lovelace" } }) }

test("many streams and a unary call run side by side", async ({ wire, page, scriptBackend, bridgeTo, openCalls }) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ users, audit: script.service }))
  const calls = await openCalls(bridge)
  const count = streamCounts[wire]
  const names = Array.from({ length: count }, (_, index) => `stream ${index}`)
  const seen = (events: number) =>
    page.evaluate(([names, events]) => Promise.all(names.map((name) => pageCalls.seen(name, events))), [
      names,
      events,
    ] as const)

  await page.evaluate((names) => names.forEach((name) => pageCalls.watch(name)), names)
  const watches = await script.calls(count)
  for (const watch of watches) watch.send(1)
  expect(await seen(1)).toEqual(names.map(() => [1]))
  expect(await readMetric(bridge, "causeway_calls_in_flight")).toBe(count)

  expect((await calls.getUser("1")).name).toBe("Ada Lovelace")
  for (const watch of watches) watch.send(2)
  expect(await seen(2)).toEqual(names.map(() => [1, 2]))
  // Calls that begin all at once open a few more, before Chromium knows that the first one speaks HTTP/2.
  expect(await readMetric(bridge, "causeway_connections_open")).toBeLessThanOrEqual(maxConnections)

  await page.evaluate((names) => names.forEach((name) => pageCalls.abort(name)), names)
  for (const watch of watches) await watch.expectCancelled()
  await expectIdle(bridge)
})

test("the browser speaks the HTTP version that the project is about", async ({
  wire,
  page,
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  const bridge = await bridgeTo(await scriptBackend({ users }))
  const calls = await openCalls(bridge)
  const answered = page.waitForResponse(`${bridge.address}/api.v1.UserService/GetUser`)
  expect((await calls.getUser("1")).error).toBeNull()
  expect(await (await answered).httpVersion()).toBe(wire === "h2" ? "HTTP/2.0" : "HTTP/1.1")
})
