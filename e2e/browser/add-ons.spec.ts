import { Code, ConnectError } from "@connectrpc/connect"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

test("all add-ons work together across origins: a token is renewed, a pushback obeyed, a trace continued, the call shown", async ({
  page,
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  const seen: (string | null)[][] = []
  const backend = await scriptBackend({
    users: {
      getUser({ id }, { requestHeader }) {
        seen.push(["authorization", "grpc-previous-rpc-attempts", "traceparent"].map((name) => requestHeader.get(name)))
        if (requestHeader.get("authorization") !== "Bearer new") throw new ConnectError("", Code.Unauthenticated)
        if (seen.length === 2) throw new ConnectError("", Code.Unavailable, { "grpc-retry-pushback-ms": "10" })
        if (seen.length === 3) throw new ConnectError("enough", Code.Unavailable, { "grpc-retry-pushback-ms": "-1" })
        return { user: { displayName: id } }
      },
    },
  })
  const logged: string[] = []
  page.on("console", (message) => logged.push(message.text()))
  const calls = await openCalls(await bridgeTo(backend), "add-ons")
  await page.evaluate(() => {
    addEventListener("message", ({ data }) => console.log(`posted ${JSON.stringify(data)}`))
  })

  // Only a pushback explains a third attempt after the last refusal, so the page was able to read it.
  expect((await calls.getUser("42")).error).toMatchObject({ code: Code.Unavailable, message: "enough" })
  expect(seen).toEqual([
    ["Bearer old", null, traceparent],
    ["Bearer new", null, traceparent],
    ["Bearer new", "1", traceparent],
  ])
  expect((await calls.getUser("42")).name).toBe("42")

  const shown = '{"type":"__GRPCWEB_DEVTOOLS__","method":"/api.v1.UserService/GetUser","methodType":"unary"'
  await expect.poll(() => logged.filter((line) => line.startsWith(`posted ${shown}`))).toHaveLength(4)
  expect(logged.find((line) => line.includes("displayName"))).toContain('"response":{"user":{"displayName":"42"}}')
  expect(logged.filter((line) => line.startsWith("api.v1.UserService/GetUser "))).toHaveLength(2)
  expect(logged.join()).not.toMatch(/Bearer|authorization/)
})

test("a stream that is refused is opened again with the new token", async ({ scriptBackend, bridgeTo, openCalls }) => {
  const script = new WatchScript()
  const seen: (string | null)[] = []
  const backend = await scriptBackend({
    audit: {
      async *watch(request, context) {
        seen.push(context.requestHeader.get("authorization"))
        if (seen.length === 1) throw new ConnectError("", Code.Unauthenticated)
        yield* script.service.watch(request, context)
      },
    },
  })
  const calls = await openCalls(await bridgeTo(backend), "add-ons")
  await calls.watch("stream")
  const watch = await script.call(1)
  watch.send(1, 2)
  expect(await calls.seen("stream", 2)).toEqual([1, 2])
  expect(seen).toEqual(["Bearer old", "Bearer new"])
  await calls.abort("stream")
  await watch.expectCancelled()
})
