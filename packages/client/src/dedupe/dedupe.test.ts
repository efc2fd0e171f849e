import { create, fromBinary } from "@bufbuild/protobuf"
import type { MessageInitShape } from "@bufbuild/protobuf"
import { UninterpretedOption_NamePartSchema } from "@bufbuild/protobuf/wkt"
import { GetUserRequestSchema, GetUserResponseSchema, UserSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import type { Interceptor, UnaryRequest } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { describe, expect, it, vi } from "vitest"
import type { Clients } from "../../test/clients.ts"
import { scriptedClients } from "../../test/clients.ts"
import { join, messageFrame, okTrailer } from "../../test/grpc-web-bytes.ts"
import { errorOf } from "../../test/outcome.ts"
import { scriptedFetch } from "../../test/scripted-fetch.ts"
import type { Script, SeenRequest } from "../../test/scripted-fetch.ts"
import { createClient } from "../create-client.ts"
import { dedupe } from "./dedupe.ts"
import type { DedupeOptions } from "./dedupe.ts"

const user = (init: MessageInitShape<typeof UserSchema>) => messageFrame(GetUserResponseSchema, { user: init })
const found: Script = { body: [join(user({ id: "7" }), okTrailer)] }

type Answers = Parameters<typeof scriptedFetch>[0]
type Called = Clients & { readonly requests: SeenRequest[] }

function deduping(answers: Answers, options: DedupeOptions = {}, inside: readonly Interceptor[] = []): Called {
  return scriptedClients(answers, { interceptors: [dedupe(options), ...inside] })
}

/** An answer that comes when it is told to. */
function held(): { readonly answer: Promise<Script>; readonly come: (script: Script) => void } {
  let come = (_script: Script): void => {}
  const answer = new Promise<Script>((resolve) => (come = resolve))
  return { answer, come: (script) => come(script) }
}

describe("dedupe", () => {
  it("sends one request for identical reads that are in flight together", async () => {
    const { users, requests } = deduping([found])
    const answers = await Promise.all(Array.from({ length: 10 }, () => users.getUser({ id: "7" })))
    expect(answers.map((answer) => answer.user?.id)).toEqual(Array.from({ length: 10 }, () => "7"))
    expect(requests).toHaveLength(1)
  })

  it("keeps nothing: a read after the answer is a new request", async () => {
    const { users, requests } = deduping([found])
    await users.getUser({ id: "7" })
    await users.getUser({ id: "7" })
    expect(requests).toHaveLength(2)
  })

  it("distinguishes messages, methods and headers", async () => {
    const { users, requests } = deduping([found])
    await Promise.all([
      users.getUser({ id: "7" }),
      users.getUser({ id: "8" }),
      users.listUsers({}),
      users.getUser({ id: "7" }, { headers: { authorization: "Bearer a" } }),
      users.getUser({ id: "7" }, { headers: { authorization: "Bearer b" } }),
    ])
    expect(requests).toHaveLength(5)
  })

  it("ignores differences in deadlines and in ignored headers", async () => {
    const { users, requests } = deduping([found], { ignoredHeaders: ["x-request-id"] })
    await Promise.all([
      users.getUser({ id: "7" }, { timeoutMs: 5_000, headers: { "x-request-id": "1" } }),
      users.getUser({ id: "7" }, { timeoutMs: 6_000, headers: { "x-request-id": "2" } }),
      users.getUser({ id: "7" }),
    ])
    expect(requests).toHaveLength(1)
  })

  it("leaves an invalid message for the transport to refuse", async () => {
    const { users, requests } = deduping([found])
    const error = await errorOf(users.listUsers({ pageSize: 1.5 }))
    expect(error).toMatchObject({ code: Code.Internal, source: "client" })
    expect(requests).toEqual([])
  })

  it("distinguishes identities", async () => {
    let userId = "ada"
    const { users, requests } = deduping([found], { identity: () => userId })
    const ofAda = [users.getUser({}), users.getUser({})]
    userId = "bob"
    const ofBob = users.getUser({})
    await Promise.all([...ofAda, ofBob])
    expect(requests).toHaveLength(2)
  })

  it("does not share streams, nor methods with side effects unless isShared says so", async () => {
    const { users, requests } = deduping([found])
    await Promise.all([users.createUser({}), users.createUser({})])
    expect(requests).toHaveLength(2)
    const empty: Script = { body: [okTrailer] }
    const streams = deduping([empty])
    await Promise.all([drain(streams.audit.watch({})), drain(streams.audit.watch({}))])
    expect(streams.requests).toHaveLength(2)
    const shared = deduping([found], { isShared: ({ name }) => name === "CreateUser" })
    await Promise.all([shared.users.createUser({}), shared.users.createUser({})])
    await Promise.all([shared.users.getUser({}), shared.users.getUser({})])
    expect(shared.requests).toHaveLength(3)
  })

  it("gives each caller its own message and headers, including unknown fields", async () => {
    // Field 99, a varint, which this client does not know.
    const answer = join(user({ id: "7", displayName: "Ada" }))
    const withUnknown = join(
      answer.slice(0, 4),
      new Uint8Array([answer[4] + 3]),
      answer.slice(5),
      new Uint8Array([0x98, 6, 1]),
    )
    const { users } = deduping([{ headers: { "x-a": "1" }, body: [join(withUnknown, okTrailer)] }])
    const headers: Headers[] = []
    const onHeader = (header: Headers): void => void headers.push(header)
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => users.getUser({}, { onHeader })))
    expect(b).toEqual(a)
    expect(a.$unknown).toHaveLength(1)
    expect(c.$unknown).toEqual(a.$unknown)
    a.user = create(UserSchema, { id: "changed" })
    headers[0].set("x-a", "2")
    expect([b.user?.id, c.user?.id]).toEqual(["7", "7"])
    expect(headers.map((header) => header.get("x-a"))).toEqual(["2", "1", "1"])
  })

  it("gives the other callers the original message, even if the first caller changes its own at once", async () => {
    const changing: Interceptor = (next) => async (request) => {
      const response = await next(request)
      if (!response.stream && request.header.has("x-change")) Object.assign(response.message, { user: undefined })
      return response
    }
    const interceptors = [changing, dedupe({ ignoredHeaders: ["x-change"] })]
    const { users, requests } = scriptedClients([found], { interceptors })
    const changed = users.getUser({}, { headers: { "x-change": "1" } })
    const [first, second] = await Promise.all([changed, users.getUser({})])
    expect([first.user, second.user?.id]).toEqual([undefined, "7"])
    expect(requests).toHaveLength(1)
  })

  it("sends a request for each caller if a copy is impossible: a proto2 message without its required fields", async () => {
    const method = { ...UserService.method.getUser, output: UninterpretedOption_NamePartSchema }
    const send = vi.fn(async (request: object) => ({
      ...request,
      message: fromBinary(method.output, new Uint8Array()),
    }))
    const call = dedupe()(send as unknown as Parameters<Interceptor>[0])
    const message = create(GetUserRequestSchema)
    const { signal } = new AbortController()
    const request = { stream: false, url: "/", header: new Headers(), method, message, signal }
    const asked = [1, 2, 3].map(() => call(request as unknown as UnaryRequest))
    const messages = (await Promise.all(asked)).map((response) => response.message)
    expect(new Set(messages).size).toBe(3)
    expect(send).toHaveBeenCalledTimes(3)
  })

  it("fails all waiting callers with the error of the request, and sends a new request for the next call", async () => {
    const { users, requests } = deduping([{ headers: { "grpc-status": "5" }, body: [] }])
    const errors = await Promise.all([errorOf(users.getUser({})), errorOf(users.getUser({}))])
    expect(errors.map(({ code }) => code)).toEqual([Code.NotFound, Code.NotFound])
    expect(requests).toHaveLength(1)
    await errorOf(users.getUser({}))
    expect(requests).toHaveLength(2)
  })
})

describe("a caller who leaves", () => {
  it("does not end the request of the others, whether it started the request or not", async () => {
    for (const leaver of [0, 1]) {
      const { answer, come } = held()
      const { users, requests } = deduping([answer])
      const controllers = [new AbortController(), new AbortController()]
      const calls = controllers.map(({ signal }) => users.getUser({}, { signal }))
      await vi.waitFor(() => expect(requests).toHaveLength(1))
      controllers[leaver].abort()
      expect((await errorOf(calls[leaver])).code).toBe(Code.Canceled)
      expect(requests[0].signal.aborted).toBe(false)
      come(found)
      expect((await calls[1 - leaver]).user?.id).toBe("7")
      expect(requests).toHaveLength(1)
    }
  })

  it("aborts the request if it is the last, and no later caller joins that request", async () => {
    const { users, requests } = deduping([new Promise(() => {}), found])
    const controllers = [new AbortController(), new AbortController()]
    const errors = controllers.map(({ signal }) => errorOf(users.getUser({}, { signal })))
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    for (const controller of controllers) controller.abort()
    expect((await Promise.all(errors)).map(({ code }) => code)).toEqual([Code.Canceled, Code.Canceled])
    expect(requests[0].signal.aborted).toBe(true)
    expect((await users.getUser({})).user?.id).toBe("7")
    expect(requests).toHaveLength(2)
  })

  it("by its deadline does not end the call of a caller with more time", async () => {
    const { answer, come } = held()
    const { users, requests } = deduping([answer])
    const short = errorOf(users.getUser({}, { timeoutMs: 30 }))
    const long = users.getUser({}, { timeoutMs: 20_000 })
    expect((await short).code).toBe(Code.DeadlineExceeded)
    come(found)
    expect((await long).user?.id).toBe("7")
    expect(requests).toHaveLength(1)
  })

  it("by its own deadline does not wait for a caller with more time", async () => {
    const { answer, come } = held()
    const { users } = deduping([answer])
    const long = users.getUser({}, { timeoutMs: 20_000 })
    expect((await errorOf(users.getUser({}, { timeoutMs: 30 }))).code).toBe(Code.DeadlineExceeded)
    come(found)
    expect((await long).user?.id).toBe("7")
  })

  it("may have set the server's deadline: the others ask again when the server kept to it", async () => {
    const { answer, come } = held()
    const { users, requests } = deduping([answer, found])
    const short = errorOf(users.getUser({}, { timeoutMs: 20_000 }))
    const others = [users.getUser({}, { timeoutMs: 25_000 }), users.getUser({})]
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    come({ headers: { "grpc-status": "4", "grpc-message": "late" }, body: [] })
    expect(await short).toMatchObject({ code: Code.DeadlineExceeded, rawMessage: "late" })
    expect((await Promise.all(others)).map((response) => response.user?.id)).toEqual(["7", "7"])
    expect(requests).toHaveLength(2)
  })

  it("before an inner interceptor has sent the request lets the others send their own", async () => {
    let go = (): void => {}
    const ready = new Promise<void>((resolve) => (go = resolve))
    const waiting: Interceptor = (next) => async (request) => {
      await ready
      return next(request)
    }
    const { users, requests } = deduping([found], {}, [waiting])
    const controller = new AbortController()
    const leaving = errorOf(users.getUser({}, { signal: controller.signal }))
    const staying = users.getUser({})
    controller.abort()
    expect((await leaving).code).toBe(Code.Canceled)
    go()
    expect((await staying).user?.id).toBe("7")
    expect(requests).toHaveLength(1)
  })
})

it("works over a transport of connect's", async () => {
  const { fetch, requests } = scriptedFetch([found])
  const transport = createGrpcWebTransport({ baseUrl: "https://api.test", fetch, interceptors: [dedupe()] })
  const users = createClient(UserService, transport)
  const [a, b] = await Promise.all([users.getUser({ id: "7" }), users.getUser({ id: "7" })])
  expect([a.user?.id, b.user?.id]).toEqual(["7", "7"])
  expect(a).not.toBe(b)
  expect(requests).toHaveLength(1)
})

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
