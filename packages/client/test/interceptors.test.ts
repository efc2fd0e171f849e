import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { GetUserResponseSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError, createContextKey, createContextValues } from "@connectrpc/connect"
import type { Interceptor, StreamResponse } from "@connectrpc/connect"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { scriptedClients, wordsOf } from "./clients.ts"
import { join, messageFrame, okTrailer, trailerFrame, watchFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

const found = { body: [join(messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer)] }

describe("interceptors", () => {
  it("run as in connect: the first is the outermost", async () => {
    const log: string[] = []
    const logger =
      (name: string): Interceptor =>
      (next) =>
      async (request) => {
        log.push(`${name} in`)
        const response = await next(request)
        log.push(`${name} out`)
        return response
      }
    const { users } = scriptedClients([found], { interceptors: [logger("a"), logger("b")] })
    await users.getUser({ id: "7" })
    expect(log).toEqual(["a in", "b in", "b out", "a out"])
  })

  it("see connect's request and response of a unary call", async () => {
    const key = createContextKey("default")
    const spy = vi.fn()
    const interceptor: Interceptor = (next) => async (request) => {
      const response = await next(request)
      spy(request, response)
      expect(request.contextValues.get(key)).toBe("set")
      return response
    }
    const { users } = scriptedClients([found], { interceptors: [interceptor] })
    await users.getUser({ id: "7" }, { contextValues: createContextValues().set(key, "set") })
    const [request, response] = spy.mock.calls[0]
    expect(request).toMatchObject({
      stream: false,
      service: UserService,
      method: UserService.method.getUser,
      requestMethod: "POST",
      url: "https://api.test/api.v1.UserService/GetUser",
      message: { $typeName: "api.v1.GetUserRequest", id: "7" },
    })
    expect(request.header.get("content-type")).toBe("application/grpc-web+proto")
    expect(request.signal).toBeInstanceOf(AbortSignal)
    expect(response).toMatchObject({
      stream: false,
      service: UserService,
      method: UserService.method.getUser,
      message: { user: { id: "7" } },
    })
    expect(response.trailer.get("grpc-status")).toBe("0")
  })

  it("see connect's request and response of a stream, and may wrap both", async () => {
    const interceptor: Interceptor = (next) => async (request) => {
      if (!request.stream) return next(request)
      expect(request).toMatchObject({ service: AuditService, method: AuditService.method.watch })
      const message = append(request.message, "request", (m) => log.push(`sent ${m.$typeName}`))
      const response = (await next({ ...request, message })) as StreamResponse
      return { ...response, message: append(response.message, "response", (m) => log.push(`got ${m.$typeName}`)) }
    }
    const log: string[] = []
    const { audit } = scriptedClients([{ body: [watchFrame("a"), okTrailer] }], { interceptors: [interceptor] })
    const { messages } = await outcomeOf(audit.watch({}))
    expect(wordsOf(messages)).toEqual(["a"])
    expect(log).toEqual(["sent api.v1.WatchRequest", "got api.v1.WatchResponse"])
  })

  it("may change the headers of the request", async () => {
    const auth: Interceptor = (next) => (request) => {
      request.header.set("authorization", "Bearer t")
      return next(request)
    }
    const { users, requests } = scriptedClients([found], { interceptors: [auth] })
    await users.getUser({ id: "7" })
    expect(requests[0].headers.get("authorization")).toBe("Bearer t")
  })

  it("may call `next` again, each time with the remaining deadline", async () => {
    const retry: Interceptor = (next) => async (request) => {
      try {
        return await next(request)
      } catch {
        await vi.advanceTimersByTimeAsync(400)
        return next(request)
      }
    }
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const unavailable = { body: [trailerFrame("grpc-status:14")] }
    const { users, requests } = scriptedClients([unavailable, found], { interceptors: [retry] })
    expect((await users.getUser({ id: "7" }, { timeoutMs: 1_000 })).user?.id).toBe("7")
    expect(requests.map(({ headers }) => headers.get("grpc-timeout"))).toEqual(["1000000u", "600000u"])
  })

  it("see the status of a stream without messages when they open it, not later", async () => {
    const codes: Code[] = []
    const watch: Interceptor = (next) => (request) =>
      next(request).catch((error: unknown) => {
        codes.push(ConnectError.from(error).code)
        throw error
      })
    const answer = { headers: { "grpc-status": "14" }, body: [] }
    const { audit } = scriptedClients([answer], { interceptors: [watch] })
    expect((await outcomeOf(audit.watch({}))).error?.code).toBe(Code.Unavailable)
    expect(codes).toEqual([Code.Unavailable])
  })

  it("may replace the signal of a request", async () => {
    const perAttempt: Interceptor = (next) => (request) => next({ ...request, signal: AbortSignal.timeout(1) })
    const { users } = scriptedClients([new Promise(() => {})], { interceptors: [perAttempt] })
    expect(await errorOf(users.getUser({ id: "7" }))).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
  })

  it("may fail a call with a ConnectError, which the caller gets unchanged", async () => {
    const mine = new ConnectError("log in first", Code.Unauthenticated)
    const { users, audit } = scriptedClients([found], { interceptors: [() => () => Promise.reject(mine)] })
    await expect(users.getUser({ id: "7" })).rejects.toBe(mine)
    await expect(audit.watch({})[Symbol.asyncIterator]().next()).rejects.toBe(mine)
  })

  it("that throw another value fail the call with UNKNOWN and that value as cause", async () => {
    const mine = new RangeError("oops")
    const { users } = scriptedClients([found], { interceptors: [() => () => Promise.reject(mine)] })
    const error = await errorOf(users.getUser({ id: "7" }))
    expect(error).toMatchObject({ code: Code.Unknown, source: "client", rawMessage: "oops", cause: mine })
  })

  it("learn from the request's signal that the call has ended", async () => {
    const signals: AbortSignal[] = []
    const spy: Interceptor = (next) => (request) => {
      signals.push(request.signal)
      return next(request)
    }
    const { users, audit } = scriptedClients([found, { body: [okTrailer] }], { interceptors: [spy] })
    await users.getUser({ id: "7" })
    await outcomeOf(audit.watch({}))
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it("that wrap a stream in a generator do not prevent break from ending the request, and are cleaned up", async () => {
    const log: string[] = []
    const { audit, requests } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }], {
      interceptors: [wrapping(log)],
    })
    for await (const _ of audit.watch({})) break
    expect(requests[0].signal.aborted).toBe(true)
    expect(log).toEqual(["cleaned up"])
  })

  it("that wrap a stream in a generator are cleaned up when the call is aborted between two messages", async () => {
    const log: string[] = []
    const { audit } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }], { interceptors: [wrapping(log)] })
    const controller = new AbortController()
    const iterator = audit.watch({}, { signal: controller.signal })[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort()
    await expect(iterator.next()).rejects.toMatchObject({ code: Code.Canceled })
    await vi.waitFor(() => expect(log).toEqual(["cleaned up"]))
  })

  it("that wrap a stream in a generator do not delay a return() while they wait for a message", async () => {
    const log: string[] = []
    const { audit, requests } = scriptedClients([{ body: [], isOpen: true }], { interceptors: [wrapping(log)] })
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    const pending = iterator.next()
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    await iterator.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(log).toEqual(["cleaned up"])
  })
})

async function* append<T>(messages: AsyncIterable<T>, word: string, see: (message: T) => void, log: string[] = []) {
  try {
    for await (const message of messages) {
      see(message)
      yield message
    }
  } finally {
    log.push(word)
  }
}

/** Wraps the messages of a stream in a generator, and records when it is done. */
function wrapping(log: string[]): Interceptor {
  return (next) => async (request) => {
    const response = await next(request)
    if (!response.stream) return response
    return { ...response, message: append(response.message, "cleaned up", () => {}, log) }
  }
}
