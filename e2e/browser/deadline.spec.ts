import { Code } from "@connectrpc/connect"
import { Silence } from "./support/silence.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

test("a unary call fails at its deadline although the backend is silent", async ({
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  const silence = new Silence()
  const bridge = await bridgeTo(await scriptBackend({ users: { getUser: silence.method } }))
  const calls = await openCalls(bridge)
  const { error, durationMs } = await calls.getUser("1", { timeoutMs: 600 })
  expect(error).toMatchObject({ code: Code.DeadlineExceeded })
  expect(durationMs).toBeGreaterThanOrEqual(600)

  // The backend was told the deadline, and that the call is over.
  const [timeoutMs] = silence.timeoutsMs
  expect(timeoutMs).toBeGreaterThan(0)
  expect(timeoutMs).toBeLessThanOrEqual(600)
  await silence.expectCancelled()
})

test("a stream fails at its deadline and keeps the messages before it", async ({
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  const script = new WatchScript()
  const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
  const calls = await openCalls(bridge)
  await calls.watch("stream", { timeoutMs: 2_000 })
  const watch = await script.call(1)
  watch.send(1, 2)
  const { sequences, error, durationMs } = await calls.ended("stream")
  expect(sequences).toEqual([1, 2])
  expect(error).toMatchObject({ code: Code.DeadlineExceeded })
  expect(durationMs).toBeGreaterThanOrEqual(2_000)
  await watch.expectCancelled()
})

test("the console says that a deadline has passed", async ({ page, scriptBackend, bridgeTo, openConsole }) => {
  const silence = new Silence()
  const bridge = await bridgeTo(await scriptBackend({ users: { listUsers: silence.method } }))
  await page.clock.install()
  await openConsole(bridge)
  await silence.called(1)

  // The console gives a call ten seconds.
  await page.clock.fastForward(10_000)
  const alert = page.getByRole("alert")
  await expect(alert).toContainText("No answer in time")
  await expect(alert).toContainText("DEADLINE_EXCEEDED")
  await silence.expectCancelled()
})
