import { create } from "@bufbuild/protobuf"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { GetUserRequestSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { wordsOf } from "../../test/clients.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { createClient } from "../create-client.ts"
import { RpcError } from "../rpc-error.ts"
import { createHeldClock, settle } from "./held-clock.ts"
import type { MockService } from "./mock-service.ts"
import { mockTransport } from "./mock-transport.ts"

const lost = new RpcError("the cable was pulled", Code.Unavailable, { source: "network" })

function mockUsers(methods: MockService<typeof UserService>) {
  const transport = mockTransport().service(UserService, methods)
  return { transport, users: createClient(UserService, transport) }
}

function mockAudit(watch: MockService<typeof AuditService>["watch"]) {
  const transport = mockTransport().service(AuditService, { watch })
  return { transport, audit: createClient(AuditService, transport) }
}

async function* items<T>(...list: T[]) {
  yield* list
}

describe("mockTransport", () => {
  it("answers methods of all four kinds", async () => {
    const transport = mockTransport()
      .service(UserService, { getUser: ({ id }) => ({ user: { id } }) })
      .service(AuditService, {
        async *watch() {
          yield { caughtUp: { cursor: "a" } }
          yield { caughtUp: { cursor: "b" } }
        },
      })
      .service(ImportService, { import: (rows) => ({ createdCount: BigInt(rows.length) }) })
      .service(SupportService, { chat: (questions) => questions.map(({ text }) => ({ text: `${text}?` })) })
    expect((await createClient(UserService, transport).getUser({ id: "7" })).user?.id).toBe("7")
    expect(wordsOf((await outcomeOf(createClient(AuditService, transport).watch({}))).messages)).toEqual(["a", "b"])
    const rows = items({ user: { email: "a@x.test" } }, { user: { email: "b@x.test" } })
    expect((await createClient(ImportService, transport).import(rows)).createdCount).toBe(2n)
    const chat = createClient(SupportService, transport).chat(items({ text: "a" }, { text: "b" }))
    expect((await outcomeOf(chat)).messages.map(({ text }) => text)).toEqual(["a?", "b?"])
  })

  it("records the calls, and their requests by method", async () => {
    const { transport, users } = mockUsers({ getUser: () => ({}), deleteUser: () => ({}) })
    await users.getUser({ id: "1" }, { headers: { authorization: "Bearer t" }, timeoutMs: 60_000 })
    await users.deleteUser({ id: "2" })
    await users.getUser({ id: "3" })
    expect(transport.calls.map(({ method }) => method.name)).toEqual(["GetUser", "DeleteUser", "GetUser"])
    expect(transport.requestsOf(UserService.method.getUser)).toEqual(
      ["1", "3"].map((id) => create(GetUserRequestSchema, { id })),
    )
    expect(transport.calls[0].header.get("authorization")).toBe("Bearer t")
    expect(transport.calls[0].timeoutMs).toBeGreaterThan(50_000)
    expect(transport.calls[1].timeoutMs).toBeUndefined()
  })

  it("answers with the headers and trailers that the method sets", async () => {
    const { users } = mockUsers({
      getUser(_request, { responseHeader, responseTrailer }) {
        responseHeader.set("x-head", "h")
        responseTrailer.set("x-tail", "t")
        return {}
      },
    })
    const seen: (string | null)[] = []
    await users.getUser(
      {},
      {
        onHeader: (header) => seen.push(header.get("x-head")),
        onTrailer: (trailer) => seen.push(trailer.get("x-tail")),
      },
    )
    expect(seen).toEqual(["h", "t"])
  })

  it("runs the interceptors that it is given", async () => {
    const transport = mockTransport({
      interceptors: [
        (next) => (request) => {
          request.header.set("x-mark", "1")
          return next(request)
        },
      ],
    }).service(UserService, { getUser: () => ({}) })
    await createClient(UserService, transport).getUser({})
    expect(transport.calls[0].header.get("x-mark")).toBe("1")
  })

  it("calls the methods of an object on that object", async () => {
    const service = {
      name: "Ada",
      getUser() {
        return { user: { displayName: this.name } }
      },
    }
    const { users } = mockUsers(service)
    expect((await users.getUser({})).user?.displayName).toBe("Ada")
  })

  it("answers with the methods that were added last", async () => {
    const { transport, users } = mockUsers({ getUser: () => ({ user: { id: "old" } }) })
    transport.service(UserService, { getUser: () => ({ user: { id: "new" } }) })
    expect((await users.getUser({})).user?.id).toBe("new")
  })
})

describe("the error of a mocked call", () => {
  it("is UNIMPLEMENTED without a method", async () => {
    const { users } = mockUsers({})
    const error = await errorOf(users.getUser({}))
    expect(error).toMatchObject({ code: Code.Unimplemented, source: "server" })
    expect(error.message).toContain(`${UserService.typeName}/GetUser`)
  })

  it("has the code, message, metadata and details that were thrown", async () => {
    const thrown = new ConnectError("naïve 100 %", Code.InvalidArgument, { "x-why": "because" }, [
      { desc: BadRequestSchema, value: { fieldViolations: [{ field: "email", description: "is missing" }] } },
    ])
    const { users } = mockUsers({ getUser: () => Promise.reject(thrown) })
    const error = await errorOf(users.getUser({}))
    expect(error).toMatchObject({ code: Code.InvalidArgument, rawMessage: "naïve 100 %", source: "server" })
    expect(error.metadata.get("x-why")).toBe("because")
    const [{ fieldViolations }] = error.findDetails(BadRequestSchema)
    expect(fieldViolations).toMatchObject([{ field: "email", description: "is missing" }])
    // An error that came over a network passes on its details unchanged.
    const again = mockUsers({ getUser: () => Promise.reject(error) }).users
    expect((await errorOf(again.getUser({}))).findDetails(BadRequestSchema)).toEqual([
      expect.objectContaining({ fieldViolations }),
    ])
  })

  it("has the reason of the bridge", async () => {
    const thrown = new RpcError("", Code.Unavailable, { source: "server", reason: "draining" })
    const { users } = mockUsers({ getUser: () => Promise.reject(thrown) })
    expect(await errorOf(users.getUser({}))).toMatchObject({ reason: "draining", source: "server" })
  })

  it("is UNKNOWN with the message of any other thrown value", async () => {
    const { users } = mockUsers({
      getUser() {
        throw new TypeError("not a function")
      },
    })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unknown, rawMessage: "not a function" })
  })

  it("looks like a network error", async () => {
    const { users } = mockUsers({ getUser: () => Promise.reject(lost) })
    const error = await errorOf(users.getUser({}))
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(error.message).toContain("the cable was pulled")
  })

  it("looks like the error of a proxy", async () => {
    const thrown = new RpcError("bad gateway", Code.Unavailable, { source: "http", httpStatus: 502 })
    const { users } = mockUsers({ getUser: () => Promise.reject(thrown) })
    const error = await errorOf(users.getUser({}))
    expect(error).toMatchObject({ code: Code.Unavailable, source: "http", httpStatus: 502 })
    expect(error.message).toContain("bad gateway")
  })

  it.each([
    ["of the network", lost, { source: "network" }],
    ["of the service", new ConnectError("gone", Code.NotFound), { source: "server", code: Code.NotFound }],
  ])("%s comes after the messages of a stream that were sent before it", async (_name, thrown, expected) => {
    const { audit } = mockAudit(async function* () {
      yield { caughtUp: { cursor: "a" } }
      throw thrown
    })
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error).toMatchObject(expected)
  })
})

describe("the end of a mocked call", () => {
  it("by break tells the method, which cleans up", async () => {
    let hasCleanedUp = false
    const { transport, audit } = mockAudit(async function* () {
      try {
        for (;;) yield { caughtUp: { cursor: "a" } }
      } finally {
        hasCleanedUp = true
      }
    })
    for await (const _ of audit.watch({})) break
    expect(transport.calls[0].signal.aborted).toBe(true)
    await vi.waitFor(() => expect(hasCleanedUp).toBe(true))
  })

  it("by the caller's signal is CANCELED, even if the method ignores it", async () => {
    const { users, transport } = mockUsers({ getUser: () => new Promise(() => {}) })
    const controller = new AbortController()
    const error = errorOf(users.getUser({}, { signal: controller.signal }))
    await vi.waitFor(() => expect(transport.calls).toHaveLength(1))
    controller.abort()
    expect((await error).code).toBe(Code.Canceled)
    expect(transport.calls[0].signal.aborted).toBe(true)
  })

  it("by its deadline is DEADLINE_EXCEEDED, also in the middle of a stream", async () => {
    const { audit, transport } = mockAudit(async function* (_request, { wait }) {
      yield { caughtUp: { cursor: "a" } }
      await wait(Infinity)
    })
    const { messages, error } = await outcomeOf(audit.watch({}, { timeoutMs: 1_000 }))
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error?.code).toBe(Code.DeadlineExceeded)
    expect(transport.calls[0].signal.aborted).toBe(true)
  })

  it("before it began has called no method", async () => {
    const { users, transport } = mockUsers({ getUser: () => ({}) })
    await errorOf(users.getUser({}, { signal: AbortSignal.abort() }))
    expect(transport.calls).toEqual([])
  })
})

describe("a mocked stream", () => {
  it("runs no further than it is read", async () => {
    let made = 0
    const { audit } = mockAudit(async function* () {
      for (;;) yield { caughtUp: { cursor: String(made++) } }
    })
    const messages = audit.watch({})[Symbol.asyncIterator]()
    await messages.next()
    await settle()
    // The message that was read, and the chunk after it, because one read is always pending.
    expect(made).toBeLessThanOrEqual(3)
    await messages.return?.()
  })

  it("answers with its headers before the first message if the method calls sendHeader", async () => {
    const { audit } = mockAudit(async function* (_request, { sendHeader, wait }) {
      sendHeader()
      await wait(Infinity)
      yield {}
    })
    const controller = new AbortController()
    const header = Promise.withResolvers<Headers>()
    const outcome = outcomeOf(audit.watch({}, { onHeader: header.resolve, signal: controller.signal }))
    expect((await header.promise).get("content-type")).toBe("application/grpc-web+proto")
    controller.abort()
    expect((await outcome).error?.code).toBe(Code.Canceled)
  })

  it("waits on the given clock", async () => {
    const clock = createHeldClock()
    const transport = mockTransport({ clock }).service(AuditService, {
      async *watch(_request, { wait }) {
        await wait(60_000)
        yield { caughtUp: { cursor: "late" } }
      },
    })
    const messages: unknown[] = []
    const outcome = (async () => {
      for await (const message of createClient(AuditService, transport).watch({})) messages.push(message)
    })()
    await vi.waitFor(() => expect(transport.calls).toHaveLength(1))
    await clock.advance(59_999)
    expect(messages).toEqual([])
    await clock.advance(1)
    await outcome
    expect(messages).toHaveLength(1)
  })
})
