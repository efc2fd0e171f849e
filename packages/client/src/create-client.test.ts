import { create } from "@bufbuild/protobuf"
import { AuditService, WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { ImportResponseSchema, ImportService } from "@causeway/proto/api/v1/import_pb"
import { ChatResponseSchema, SupportService } from "@causeway/proto/api/v1/support_pb"
import { GetUserResponseSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError, createClient as createConnectClient, createRouterTransport } from "@connectrpc/connect"
import type { Transport } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { scriptedClients, wordsOf } from "../test/clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../test/outcome.ts"
import { scriptedFetch } from "../test/scripted-fetch.ts"
import { createClient } from "./create-client.ts"
import { createTransport } from "./create-transport.ts"

describe("a client over a transport of connect's", () => {
  const transport = createRouterTransport(({ service }) => {
    service(UserService, { getUser: ({ id }) => ({ user: { id } }) })
    service(AuditService, {
      async *watch() {
        yield { caughtUp: { cursor: "a" } }
        yield { caughtUp: { cursor: "b" } }
      },
    })
    service(ImportService, {
      async import(requests) {
        let createdCount = 0n
        for await (const _ of requests) createdCount++
        return { createdCount }
      },
    })
    service(SupportService, {
      async *chat(requests) {
        for await (const { text } of requests) yield { text: `${text}?` }
      },
    })
  })

  it("calls methods of all four kinds", async () => {
    expect((await createClient(UserService, transport).getUser({ id: "7" })).user?.id).toBe("7")
    const { messages } = await outcomeOf(createClient(AuditService, transport).watch({}))
    expect(wordsOf(messages)).toEqual(["a", "b"])
    async function* rows() {
      yield { user: { email: "a@x.test" } }
      yield { user: { email: "b@x.test" } }
    }
    expect((await createClient(ImportService, transport).import(rows())).createdCount).toBe(2n)
    async function* questions() {
      yield { text: "a" }
      yield { text: "b" }
    }
    const answers: string[] = []
    for await (const { text } of createClient(SupportService, transport).chat(questions())) answers.push(text)
    expect(answers).toEqual(["a?", "b?"])
  })

  it("aborts the transport's signal when the consumer leaves", async () => {
    const signals: (AbortSignal | undefined)[] = []
    const spied: Transport = {
      ...transport,
      stream: (method, signal, ...rest) => {
        signals.push(signal)
        return transport.stream(method, signal, ...rest)
      },
    }
    for await (const _ of createClient(AuditService, spied).watch({})) break
    expect(signals[0]?.aborted).toBe(true)
  })

  it("passes on the errors of the transport unchanged", async () => {
    const error = new ConnectError("gone", Code.NotFound)
    const failing: Transport = { unary: () => Promise.reject(error), stream: () => Promise.reject(error) }
    await expect(createClient(UserService, failing).getUser({})).rejects.toBe(error)
    await expect(createClient(AuditService, failing).watch({})[Symbol.asyncIterator]().next()).rejects.toBe(error)
  })
})

describe("connect's own client over our transport", () => {
  it("reads a stream", async () => {
    const { fetch } = scriptedFetch([{ body: [watchFrame("a"), watchFrame("b"), okTrailer] }])
    const audit = createConnectClient(AuditService, createTransport({ baseUrl: "https://api.test", fetch }))
    const words: (string | undefined)[] = []
    for await (const message of audit.watch({})) words.push(message.caughtUp?.cursor)
    expect(words).toEqual(["a", "b"])
  })
})

describe("the iterator of a stream", () => {
  it("accepts several pending next() and answers them in order", async () => {
    const { audit } = scriptedClients([{ body: [join(watchFrame("a"), watchFrame("b")), okTrailer] }])
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    const results = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()])
    expect(results.map(({ done }) => done)).toEqual([false, false, true, true])
    expect(results[1].value).toEqual(create(WatchResponseSchema, { caughtUp: { cursor: "b" } }))
  })

  it("rejects only one of several pending next() with an error", async () => {
    const { audit, requests } = scriptedClients([new TypeError("Failed to fetch")])
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    const results = await Promise.allSettled([iterator.next(), iterator.next()])
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"])
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(requests).toHaveLength(1)
  })

  it("is itself iterable, so that a loop can go on after a first next()", async () => {
    const { audit } = scriptedClients([{ body: [watchFrame("a"), watchFrame("b"), okTrailer] }])
    const iterator = audit.watch({})[Symbol.asyncIterator]() as AsyncIterableIterator<{ caughtUp?: { cursor: string } }>
    await iterator.next()
    const rest: (string | undefined)[] = []
    for await (const message of iterator) rest.push(message.caughtUp?.cursor)
    expect(rest).toEqual(["b"])
  })

  it("ends the request when onHeader or onTrailer throws", async () => {
    const { audit, requests } = scriptedClients([{ body: [okTrailer], isOpen: true }, { body: [okTrailer] }])
    const fail = () => {
      throw new RangeError("mine")
    }
    const cause = expect.any(RangeError)
    expect((await outcomeOf(audit.watch({}, { onHeader: fail }))).error).toMatchObject({ code: Code.Unknown, cause })
    expect((await outcomeOf(audit.watch({}, { onTrailer: fail }))).error).toMatchObject({ code: Code.Unknown, cause })
    await vi.waitFor(() => expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true]))
  })
})

describe("a callback that throws", () => {
  it.each(["onHeader", "onTrailer"] as const)("fails calls of all four kinds alike: %s", async (callback) => {
    const mine = new RangeError("mine")
    const options = {
      [callback]: () => {
        throw mine
      },
    }
    const user = messageFrame(GetUserResponseSchema, { user: { id: "7" } })
    const created = messageFrame(ImportResponseSchema, { createdCount: 1n })
    const answers = [user, created, watchFrame("a"), messageFrame(ChatResponseSchema, { text: "a" })]
    const { users, imports, audit, support, requests } = scriptedClients(
      answers.map((frame) => ({ body: [join(frame, okTrailer)] })),
    )
    async function* none() {}
    const errors = [
      await errorOf(users.getUser({ id: "7" }, options)),
      await errorOf(imports.import(none(), options)),
      (await outcomeOf(audit.watch({}, options))).error,
      (await outcomeOf(support.chat(none(), options))).error,
    ]
    const expected = { code: Code.Unknown, source: "client", rawMessage: "mine", cause: mine }
    for (const error of errors) expect(error).toMatchObject(expected)
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true, true, true])
  })

  it("with a ConnectError passes that error to the caller unchanged", async () => {
    const mine = new ConnectError("not this one", Code.FailedPrecondition)
    const user = messageFrame(GetUserResponseSchema, { user: { id: "7" } })
    const { users } = scriptedClients([{ body: [join(user, okTrailer)] }])
    const onHeader = () => {
      throw mine
    }
    await expect(users.getUser({ id: "7" }, { onHeader })).rejects.toBe(mine)
  })
})
