import { Code } from "@connectrpc/connect"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

test("Q6: the seventh call over HTTP/1.1 fails by its deadline and says why, and is answered when a stream has ended", async ({
  wire,
  page,
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  test.skip(wire === "h2", "over HTTP/2 calls share a connection: streams-together.spec.ts")
  const warnings: string[] = []
  page.on("console", (message) => {
    if (message.type() === "warning") warnings.push(message.text())
  })
  const script = new WatchScript()
  const users = { getUser: () => ({ user: { displayName: "Ada Lovelace" } }) }
  const bridge = await bridgeTo(await scriptBackend({ users, audit: script.service }))
  const calls = await openCalls(bridge, "add-ons")
  for (let stream = 1; stream <= 6; stream++) await calls.watch(`stream ${stream}`)
  const watches = await script.calls(6)
  expect(warnings).toEqual([])

  const { error } = await calls.getUser("late", { timeoutMs: 500 })
  expect(error).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
  expect(error?.message).toContain("6 streams are open")
  expect(warnings).toEqual([expect.stringContaining(`6 streams are open to ${bridge.address}`)])

  const waiting = calls.getUser("patient", { timeoutMs: 20_000 })
  await calls.abort("stream 1")
  await watches[0].expectCancelled()
  expect(await waiting).toMatchObject({ name: "Ada Lovelace", error: null })
  expect(warnings).toHaveLength(1)
})
