import type { ImportService } from "@causeway/proto/api/v1/import_pb"
import type { ServiceImpl } from "@connectrpc/connect"
import { Code } from "@connectrpc/connect"
import { readMetric } from "./support/bridge.ts"
import { expect, test } from "./support/test.ts"

/** An import whose rows a test sees as they arrive. */
class SeenImport {
  readonly emails: string[] = []
  isCanceled = false

  readonly service: Pick<ServiceImpl<typeof ImportService>, "import"> = {
    import: async (requests, { signal }) => {
      signal.addEventListener("abort", () => (this.isCanceled = true))
      for await (const { user } of requests) this.emails.push(user?.email ?? "")
      return { createdCount: BigInt(this.emails.length) }
    },
  }
}

test("each message of a request reaches the backend as it is sent, in Chromium over HTTP/2", async ({
  scriptBackend,
  bridgeTo,
  openCalls,
  browserName,
  wire,
}) => {
  test.skip(
    browserName !== "chromium" || wire !== "h2",
    "no other browser here streams requests, and none over HTTP/1.1",
  )
  const seen = new SeenImport()
  const bridge = await bridgeTo(await scriptBackend({ imports: seen.service }))
  const calls = await openCalls(bridge)
  await calls.beginImport("rows")
  for (const emails of [["a@x.test"], ["a@x.test", "b@x.test"]]) {
    await calls.addRow("rows", emails.at(-1) ?? "")
    await expect.poll(() => seen.emails).toEqual(emails)
  }
  expect(await readMetric(bridge, "causeway_calls_in_flight")).toBe(1)
  expect(await calls.finishImport("rows")).toEqual({ createdCount: 2, error: null })
})

test("a streamed request that is aborted is cancelled at the backend", async ({
  scriptBackend,
  bridgeTo,
  openCalls,
  browserName,
  wire,
}) => {
  test.skip(
    browserName !== "chromium" || wire !== "h2",
    "no other browser here streams requests, and none over HTTP/1.1",
  )
  const seen = new SeenImport()
  const bridge = await bridgeTo(await scriptBackend({ imports: seen.service }))
  const calls = await openCalls(bridge)
  await calls.beginImport("rows")
  await calls.addRow("rows", "a@x.test")
  await expect.poll(() => seen.emails).toEqual(["a@x.test"])
  expect((await calls.abortImport("rows")).error).toMatchObject({ code: Code.Canceled, source: "client" })
  await expect.poll(() => seen.isCanceled).toBe(true)
})

test("elsewhere the messages of a request arrive together, in one call", async ({
  scriptBackend,
  bridgeTo,
  openCalls,
  browserName,
  wire,
}) => {
  test.skip(browserName === "chromium" && wire === "h2", "there they are streamed")
  const seen = new SeenImport()
  const bridge = await bridgeTo(await scriptBackend({ imports: seen.service }))
  const calls = await openCalls(bridge)
  await calls.beginImport("rows")
  for (const email of ["a@x.test", "b@x.test"]) await calls.addRow("rows", email)
  expect(seen.emails).toEqual([])
  expect(await calls.finishImport("rows")).toEqual({ createdCount: 2, error: null })
  expect(seen.emails).toEqual(["a@x.test", "b@x.test"])
})

test("later calls stream, or do not, according to the result of the first call", async ({
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  const seen = new SeenImport()
  const bridge = await bridgeTo(await scriptBackend({ imports: seen.service }))
  const calls = await openCalls(bridge)
  for (const name of ["first", "second", "third"]) {
    await calls.beginImport(name)
    await calls.addRow(name, `${name}@x.test`)
    expect((await calls.finishImport(name)).error).toBeNull()
  }
  expect(seen.emails).toEqual(["first@x.test", "second@x.test", "third@x.test"])
})
