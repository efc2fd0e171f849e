import { Code, ConnectError } from "@connectrpc/connect"
import { expectEvents } from "./support/expect-events.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

test("a stream that is cut repeatedly loses no event and shows none twice", async ({
  page,
  scriptBackend,
  bridgeTo,
  openConsole,
}) => {
  const script = new WatchScript()
  const backend = await scriptBackend({ audit: script.service })
  await openConsole(await bridgeTo(backend), "audit")

  const first = await script.call(1)
  first.send(1, 2, 3)
  first.fail(new ConnectError("the server is stopping", Code.Unavailable))
  // Cut before its first message.
  const second = await script.call(2)
  expect(second.after).toBe(3)
  second.fail(new ConnectError("still stopping", Code.Unavailable))
  const third = await script.call(3)
  expect(third.after).toBe(3)
  third.send(4, 5, 6)
  await expectEvents(page, 1, 6)
  // Cut with its connection.
  await backend.close()
  await scriptBackend({ audit: script.service }, Number(new URL(backend.address).port))
  const fourth = await script.call(4)
  expect(fourth.after).toBe(6)
  fourth.send(7)
  await expectEvents(page, 1, 7)
  await expect(page.getByText("7 events received, resumed 2 times")).toBeVisible()
})
