import { Code, ConnectError } from "@connectrpc/connect"
import type { Interceptor, StreamRequest } from "@connectrpc/connect"
import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it, vi } from "vitest"
import type { Clients } from "../test/clients.ts"
import { scriptedClients } from "../test/clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../test/outcome.ts"
import type { scriptedFetch, SeenRequest } from "../test/scripted-fetch.ts"
import { observeCall } from "./observe-call.ts"

const found = { body: [join(messageFrame(GetUserResponseSchema, {}), okTrailer)] }

type Answers = Parameters<typeof scriptedFetch>[0]
type Observed = Clients & { readonly requests: readonly SeenRequest[]; readonly told: string[] }

/** Clients whose calls are observed, and a log of the callbacks. */
function observed(answers: Answers, inside: readonly Interceptor[] = []): Observed {
  const told: string[] = []
  const observer: Interceptor = (next) => (request) =>
    observeCall(next, request, {
      onRequest: ({ $typeName }) => told.push($typeName.replace("api.v1.", "")),
      onResponse: ({ $typeName }) => told.push($typeName.replace("api.v1.", "")),
      onEnd: (error) => told.push(error ? `end ${Code[error.code]}` : "end"),
    })
  return { ...scriptedClients(answers, { interceptors: [observer, ...inside] }), told }
}

describe("an observer sees a call", () => {
  it("from its request to its end", async () => {
    const { users, told } = observed([found])
    await users.getUser({})
    expect(told).toEqual(["GetUserRequest", "GetUserResponse", "end"])
  })

  it("message by message, if it is a stream", async () => {
    const { audit, told } = observed([{ body: [watchFrame("a"), watchFrame("b"), okTrailer] }])
    await outcomeOf(audit.watch({}))
    expect(told).toEqual(["WatchRequest", "WatchResponse", "WatchResponse", "end"])
  })

  it("if it fails, before messages and after them", async () => {
    const { audit, told } = observed([
      { headers: { "grpc-status": "5" }, body: [] },
      { body: [watchFrame("a"), new TypeError("network error")] },
    ])
    await outcomeOf(audit.watch({}))
    await outcomeOf(audit.watch({}))
    expect(told).toEqual(["WatchRequest", "end NotFound", "WatchRequest", "WatchResponse", "end Unavailable"])
  })

  it("if its consumer leaves", async () => {
    const { audit, told } = observed([{ body: [watchFrame("a")], isOpen: true }])
    for await (const _ of audit.watch({})) break
    expect(told).toEqual(["WatchRequest", "WatchResponse", "end Canceled"])
  })

  it("if an interceptor outside leaves it and nothing aborts the call", async () => {
    const { signal } = new AbortController()
    const ends: (ConnectError | undefined)[] = []
    const next = async () => ({ stream: true, header: new Headers(), message: words() })
    const request = { stream: true, message: words(), signal }
    const response = await observeCall(
      next as unknown as Parameters<Interceptor>[0],
      request as unknown as StreamRequest,
      { onEnd: (error) => ends.push(error) },
    )
    for await (const _ of response.message as AsyncIterable<unknown>) break
    expect(ends).toMatchObject([{ code: Code.Canceled }])
    expect(signal.aborted).toBe(false)
  })

  it("if its deadline passes while its stream is not read", async () => {
    const { audit, told } = observed([{ body: [watchFrame("a")], isOpen: true }])
    const iterator = audit.watch({}, { timeoutMs: 500 })[Symbol.asyncIterator]()
    await iterator.next()
    await vi.waitFor(() => expect(told).toEqual(["WatchRequest", "WatchResponse", "end DeadlineExceeded"]))
  })

  it("if it is aborted while an inner interceptor hangs", async () => {
    const hanging: Interceptor = () => () => new Promise(() => {})
    const { users, told } = observed([found], [hanging])
    const controller = new AbortController()
    const call = errorOf(users.getUser({}, { signal: controller.signal }))
    controller.abort()
    await call
    expect(told).toEqual(["GetUserRequest", "end Canceled"])
  })

  it("and the end of its requests still reaches the caller's iterator", async () => {
    const { imports, told } = observed([{ headers: { "grpc-status": "5" }, body: [] }])
    const log: unknown[] = []
    const rows = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: { user: { email: "x".repeat(9 * 1024 * 1024) } } }),
        throw: async (error: unknown) => {
          log.push(ConnectError.from(error).code)
          return { done: true as const, value: undefined }
        },
      }),
    }
    expect((await errorOf(imports.import(rows))).code).toBe(Code.ResourceExhausted)
    expect(log).toEqual([Code.ResourceExhausted])
    expect(told).toEqual(["ImportRequest", "end ResourceExhausted"])
  })
})

it("an observer that throws breaks no call", async () => {
  const oops = (): never => {
    throw new Error("oops")
  }
  const observer: Interceptor = (next) => (request) =>
    observeCall(next, request, { onRequest: oops, onResponse: oops, onHeader: oops, onEnd: oops })
  const { users, audit } = scriptedClients([found, { body: [watchFrame("a"), okTrailer] }], {
    interceptors: [observer],
  })
  await users.getUser({})
  expect((await outcomeOf(audit.watch({}))).messages).toHaveLength(1)
})

async function* words() {
  yield "a"
  yield "b"
}
