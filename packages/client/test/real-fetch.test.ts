import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { clientsOf } from "./clients.ts"
import { join, messageFrame, okTrailer, trailerFrame, watchFrame } from "./grpc-web-bytes.ts"
import { begin, gone, serve } from "./http-server.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

const user = messageFrame(GetUserResponseSchema, { user: { id: "7" } })

/** The platform's own `fetch` against a server that writes gRPC-Web byte by byte. */
describe("over real HTTP", () => {
  it("a unary call is answered, and its connection is reused by later calls", async () => {
    const { baseUrl, connections } = await serve((request, response) => {
      request.resume().on("end", () => {
        begin(response)
        response.end(join(user, okTrailer))
      })
    })
    const { users } = clientsOf({ baseUrl })
    for (let call = 0; call < 20; call++) expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    // Node's fetch always opens a second connection for the second call.
    expect(connections.length).toBeLessThanOrEqual(2)
  })

  it("an answer with only headers fails with its status, message and metadata", async () => {
    const { baseUrl } = await serve((_request, response) => {
      response.writeHead(200, {
        "content-type": "application/grpc-web+proto",
        "grpc-status": "7",
        "grpc-message": "not%20yours",
        "x-causeway-reason": "denied",
      })
      response.end()
    })
    expect(await errorOf(clientsOf({ baseUrl }).users.getUser({}))).toMatchObject({
      code: Code.PermissionDenied,
      rawMessage: "not yours",
      source: "server",
      reason: "denied",
    })
  })

  it("each message of a stream arrives before the next one is sent", async () => {
    const answers: ServerResponse[] = []
    const { baseUrl } = await serve((_request, response) => {
      begin(response)
      answers.push(response)
    })
    const iterator = clientsOf({ baseUrl }).audit.watch({})[Symbol.asyncIterator]()
    let pending = iterator.next()
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    for (const word of ["a", "b", "c"]) {
      answers[0].write(watchFrame(word))
      expect((await pending).value?.caughtUp?.cursor).toBe(word)
      pending = iterator.next()
    }
    answers[0].end(okTrailer)
    expect((await pending).done).toBe(true)
  })

  it.each<[string, (stream: AsyncIterable<unknown>) => Promise<unknown>]>([
    ["break", async (stream) => void (await firstOf(stream))],
    [
      "return() of a waiting iterator",
      async (stream) => {
        const iterator = stream[Symbol.asyncIterator]()
        await iterator.next()
        const pending = iterator.next()
        await iterator.return?.()
        return pending
      },
    ],
  ])("%s reaches the server", async (_name, leave) => {
    const requests: IncomingMessage[] = []
    const { baseUrl } = await serve((request, response) => {
      requests.push(request)
      begin(response)
      response.write(watchFrame("a"))
    })
    await leave(clientsOf({ baseUrl }).audit.watch({}))
    await gone(requests[0])
    expect(requests).toHaveLength(1)
  })

  it("an abort before the head reaches the server", async () => {
    const requests: IncomingMessage[] = []
    const { baseUrl } = await serve((request) => requests.push(request))
    const controller = new AbortController()
    const call = errorOf(clientsOf({ baseUrl }).users.getUser({}, { signal: controller.signal }))
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    controller.abort(new Error("changed my mind"))
    expect(await call).toMatchObject({ code: Code.Canceled, rawMessage: "changed my mind" })
    await gone(requests[0])
  })

  it("a deadline is sent to the server and, when it passes, reaches the server as an abort", async () => {
    const seen: IncomingHttpHeaders[] = []
    let left: Promise<void> | undefined
    const { baseUrl } = await serve((request, response) => {
      seen.push(request.headers)
      left = gone(request)
      begin(response)
      response.write(watchFrame("a"))
    })
    const { messages, error } = await outcomeOf(clientsOf({ baseUrl }).audit.watch({}, { timeoutMs: 100 }))
    expect(messages).toHaveLength(1)
    expect(error).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
    expect(seen[0]["grpc-timeout"]).toMatch(/^\d{4,8}u$/)
    await left
  })

  it("a connection that breaks in the middle of a stream is UNAVAILABLE from the network", async () => {
    const { baseUrl } = await serve((_request, response) => {
      begin(response)
      response.write(join(watchFrame("a"), watchFrame("b").subarray(0, 4)), () => response.destroy())
    })
    const { messages, error } = await outcomeOf(clientsOf({ baseUrl }).audit.watch({}))
    expect(messages).toHaveLength(1)
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(error?.cause).toBeInstanceOf(TypeError)
  })

  it("a connection that breaks before the head, and one that is refused, are UNAVAILABLE from the network", async () => {
    const { baseUrl } = await serve((request) => request.socket.destroy())
    expect(await errorOf(clientsOf({ baseUrl }).users.getUser({}))).toMatchObject({
      code: Code.Unavailable,
      source: "network",
    })
    // The discard port, which a test machine does not serve.
    const refused = await errorOf(clientsOf({ baseUrl: "http://127.0.0.1:1" }).users.getUser({}))
    expect(refused).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(refused.message).toContain("no answer from http://127.0.0.1:1")
  })

  it("a redirect is not followed", async () => {
    const urls: (string | undefined)[] = []
    const { baseUrl } = await serve((request, response) => {
      urls.push(request.url)
      response.writeHead(302, { location: "/elsewhere" }).end()
    })
    expect(await errorOf(clientsOf({ baseUrl }).users.getUser({}))).toMatchObject({
      code: Code.Unavailable,
      source: "network",
    })
    expect(urls).toEqual(["/api.v1.UserService/GetUser"])
  })

  it("a consumer that does not read slows the server down", async () => {
    const frame = watchFrame("x".repeat(64 * 1024))
    let sentBytes = 0
    const { baseUrl } = await serve((_request, response) => {
      begin(response)
      const send = (): void => {
        while (sentBytes < 256 * 1024 * 1024) {
          sentBytes += frame.length
          if (!response.write(frame)) return void response.once("drain", send)
        }
        response.end(okTrailer)
      }
      send()
    })
    const iterator = clientsOf({ baseUrl }).audit.watch({})[Symbol.asyncIterator]()
    await iterator.next()
    let before = -1
    await vi.waitFor(
      () => {
        const isStill = sentBytes === before
        before = sentBytes
        expect(isStill).toBe(true)
      },
      { interval: 100 },
    )
    // The bytes in the socket buffers of both sides.
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024)
    await iterator.return?.()
  })

  it("two hundred abandoned streams leave no connection behind", async () => {
    const { baseUrl, connections } = await serve((_request, response) => {
      begin(response)
      response.write(watchFrame("a"))
    })
    const { audit } = clientsOf({ baseUrl })
    for (let call = 0; call < 200; call++) await firstOf(audit.watch({}))
    await vi.waitFor(() => expect(connections.filter(({ destroyed }) => !destroyed)).toEqual([]), 10_000)
  })

  it("an error after messages is delivered after them", async () => {
    const { baseUrl } = await serve((_request, response) => {
      begin(response)
      response.end(join(watchFrame("a"), watchFrame("b"), trailerFrame("grpc-status:10", "grpc-message:raced")))
    })
    const { messages, error } = await outcomeOf(clientsOf({ baseUrl }).audit.watch({}))
    expect(messages).toHaveLength(2)
    expect(error).toMatchObject({ code: Code.Aborted, rawMessage: "raced" })
  })
})

async function firstOf(stream: AsyncIterable<unknown>): Promise<unknown> {
  for await (const message of stream) return message
  return undefined
}
