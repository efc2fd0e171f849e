import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import type { Interceptor, StreamResponse } from "@connectrpc/connect"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { scriptedClients, wordsOf } from "./clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

const found = { body: [join(messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer)] }

describe("interceptors that hang", () => {
  it("do not outlive the deadline", async () => {
    const hang: Interceptor = () => () => new Promise(() => {})
    const { users, audit } = scriptedClients([found], { interceptors: [hang] })
    expect((await errorOf(users.getUser({ id: "7" }, { timeoutMs: 5 }))).code).toBe(Code.DeadlineExceeded)
    expect((await outcomeOf(audit.watch({}, { timeoutMs: 5 }))).error?.code).toBe(Code.DeadlineExceeded)
  })

  it.each(["unary", "stream"])("do not keep a call open that they have aborted themselves: %s", async (kind) => {
    const controller = new AbortController()
    const abort: Interceptor = () => () => {
      controller.abort("enough")
      return new Promise(() => {})
    }
    const { users, audit } = scriptedClients([found], { interceptors: [abort] })
    const options = { signal: controller.signal }
    const error =
      kind === "unary" ? await errorOf(users.getUser({}, options)) : (await outcomeOf(audit.watch({}, options))).error
    expect(error).toMatchObject({ code: Code.Canceled, cause: "enough" })
  })

  it("between two messages of a stream do not outlive the deadline or the caller's signal", async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const script = { body: [watchFrame("a"), watchFrame("b"), okTrailer] }
    const { audit, requests } = scriptedClients([script], { interceptors: [hangingAfterOne] })
    const outcome = outcomeOf(audit.watch({}, { timeoutMs: 250 }))
    await vi.advanceTimersByTimeAsync(260)
    const { messages, error } = await outcome
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error?.code).toBe(Code.DeadlineExceeded)
    const controller = new AbortController()
    const iterator = audit.watch({}, { signal: controller.signal })[Symbol.asyncIterator]()
    await iterator.next()
    const pending = expect(iterator.next()).rejects.toMatchObject({ code: Code.Canceled, cause: "enough" })
    controller.abort("enough")
    await vi.advanceTimersByTimeAsync(10)
    await pending
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })

  it("do not delay a break, nor a return() beside a pending next(), while they clean up", async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const script = { body: [watchFrame("a"), okTrailer] }
    const { audit, requests } = scriptedClients([script], { interceptors: [hangingAfterOne] })
    const left = (async () => {
      for await (const _ of audit.watch({})) break
    })()
    await vi.advanceTimersByTimeAsync(1_000)
    await left
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    await iterator.next()
    const results = Promise.all([iterator.next(), iterator.return?.()])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await results).toEqual([over, over])
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })
})

const over = { done: true, value: undefined }

/** Wraps a stream in a generator that gives one message and then hangs, also when the consumer leaves. */
const hangingAfterOne: Interceptor = (next) => async (request) => {
  const response = await next(request)
  if (!response.stream) return response
  async function* one(messages: StreamResponse["message"]) {
    try {
      for await (const message of messages) {
        yield message
        break
      }
    } finally {
      await new Promise(() => {})
    }
  }
  return { ...response, message: one(response.message) }
}
