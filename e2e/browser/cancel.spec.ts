import { Code } from "@connectrpc/connect"
import { expectIdle } from "./support/bridge.ts"
import { Silence } from "./support/silence.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

test("a list that is no longer wanted is cancelled at the backend", async ({
  page,
  scriptBackend,
  bridgeTo,
  openConsole,
}) => {
  const silence = new Silence()
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ users: { listUsers: silence.method }, audit: script.service }))
  await openConsole(bridge)
  await silence.called(1)

  await page.getByRole("link", { name: "Audit" }).click()
  await silence.expectCancelled()
})

test("an AbortController ends a stream at the backend", async ({ scriptBackend, bridgeTo, openCalls }) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  const calls = await openCalls(bridge)
  await calls.watch("stream")
  const watch = await script.call(1)
  watch.send(1, 2)
  await calls.seen("stream", 2)

  await calls.abort("stream")
  await watch.expectCancelled()
  await expectIdle(bridge)
  const { sequences, error } = await calls.ended("stream")
  expect(sequences).toEqual([1, 2])
  expect(error).toMatchObject({ code: Code.Canceled, source: "client" })
})

test("an AbortController ends a stream that has not begun to answer", async ({
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  const calls = await openCalls(bridge)
  await calls.watch("stream")
  const watch = await script.call(1)

  await calls.abort("stream")
  await watch.expectCancelled()
  await expectIdle(bridge)
  expect((await calls.ended("stream")).error).toMatchObject({ code: Code.Canceled })
})

test("leaving the loop by break ends a stream at the backend", async ({ scriptBackend, bridgeTo, openCalls }) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  const calls = await openCalls(bridge)
  await calls.watch("stream", { breakAfter: 3 })
  const watch = await script.call(1)
  watch.send(1, 2, 3, 4)

  await watch.expectCancelled()
  await expectIdle(bridge)
  expect(await calls.ended("stream")).toMatchObject({ sequences: [1, 2, 3], error: null })
})
