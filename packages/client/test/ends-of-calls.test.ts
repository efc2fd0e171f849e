import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { encodeFrame } from "@causeway/protocol"
import { Code } from "@connectrpc/connect"
import type { Interceptor } from "@connectrpc/connect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createTransport, silenceLimits } from "../src/index.ts"
import { scriptedClients, wordsOf } from "./clients.ts"
import { messageFrame, okTrailer, watchFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"
import { scriptedFetch } from "./scripted-fetch.ts"

describe("an answer whose last frame has arrived", () => {
  const user = { body: [messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer], isOpen: true }
  const watch = { body: [watchFrame("a"), okTrailer], isOpen: true }

  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("stays a success when the deadline passes before its body ends", async () => {
    const { users, audit } = scriptedClients([user, watch])
    const found = users.getUser({ id: "7" }, { timeoutMs: 100 })
    const events = outcomeOf(audit.watch({}, { timeoutMs: 100 }))
    await vi.advanceTimersByTimeAsync(200)
    expect((await found).user?.id).toBe("7")
    const { messages, error } = await events
    expect(error).toBeUndefined()
    expect(wordsOf(messages)).toEqual(["a"])
  })

  it("stays a success when its body is silent for too long", async () => {
    const { audit } = scriptedClients([watch], { silenceLimits: silenceLimits({ idleTimeoutMs: 100 }) })
    const events = outcomeOf(audit.watch({}))
    await vi.advanceTimersByTimeAsync(200)
    expect((await events).error).toBeUndefined()
  })
})

describe("an unreadable answer", () => {
  const compressed = { headers: { "grpc-encoding": "gzip" }, body: [encodeFrame(1, new Uint8Array(3)), okTrailer] }
  const decompression = { inflate: () => Promise.reject(new Error("out of memory")) }

  it("fails with its own error, not with CANCELED", async () => {
    const { users, audit } = scriptedClients([compressed], { decompression })
    const failure = { code: Code.Unknown, rawMessage: "out of memory" }
    expect(await errorOf(users.getUser({ id: "7" }))).toMatchObject(failure)
    expect((await outcomeOf(audit.watch({}))).error).toMatchObject(failure)
  })
})

describe("a running request", () => {
  it("is ended by a consumer that leaves before the first message", async () => {
    const { fetch, requests } = scriptedFetch([{ body: [watchFrame("a")], isOpen: true }])
    const transport = createTransport({ baseUrl: "https://api.test", fetch })
    const one = async function* () {
      yield {}
    }
    const { message } = await transport.stream(AuditService.method.watch, undefined, undefined, undefined, one())
    expect(requests[0].signal.aborted).toBe(false)
    await message[Symbol.asyncIterator]().return?.()
    expect(requests[0].signal.aborted).toBe(true)
  })

  it("is ended by an interceptor that drops an answer with a status in its head", async () => {
    const ended: boolean[] = []
    const leave: Interceptor = (next) => async (request) => {
      const response = await next(request)
      if (!response.stream) return response
      for await (const _ of response.message) break
      ended.push(requests[0].signal.aborted)
      return { ...response, message: { async *[Symbol.asyncIterator]() {} } }
    }
    const answer = { headers: { "grpc-status": "0" }, body: [watchFrame("a")], isOpen: true }
    const { audit, requests } = scriptedClients([answer], { interceptors: [leave] })
    await outcomeOf(audit.watch({}))
    expect(ended).toEqual([true])
  })

  it("is not sent with two messages if the method takes one", async () => {
    const twice: Interceptor = (next) => (request) => {
      if (!request.stream) return next(request)
      const { message } = request
      const doubled = async function* () {
        for await (const each of message) yield* [each, each]
      }
      return next({ ...request, message: doubled() })
    }
    const { audit, requests } = scriptedClients([{ body: [okTrailer] }], { interceptors: [twice] })
    const { error } = await outcomeOf(audit.watch({}))
    expect(error).toMatchObject({
      code: Code.Unimplemented,
      rawMessage: "rpc api.v1.AuditService.Watch: 2 messages instead of one",
    })
    expect(requests).toEqual([])
  })
})
