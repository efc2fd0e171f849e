import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { scriptedClients, wordsOf } from "../../test/clients.ts"
import { watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { cut, failedFetch, setUp, setUpStream } from "../../test/page-setup.ts"
import { settle } from "../testing/held-clock.ts"

describe("Q8: a stream in a page that is left and comes back", () => {
  it("is closed, waits for the page, and resumes once", async () => {
    const { calls, call, clock, fire, show, stream, received } = await setUpStream()
    await call().send("1")
    fire("pagehide")
    await settle()
    expect(call().signal.aborted).toBe(true)
    expect(stream.state).toEqual({ kind: "waiting", attempt: 1, untilMs: Infinity, error: null })
    await clock.advance(600_000)
    expect(calls).toHaveLength(1)
    show("visible")
    fire("pageshow")
    fire("online")
    await settle()
    expect(calls).toHaveLength(2)
    await call().send("2")
    expect(calls[1].request.after).toBe("1")
    expect(received).toEqual(["1", "2"])
  })

  it("that was waiting for a retry makes no attempt while the page is away", async () => {
    const { calls, call, clock, fire } = await setUpStream()
    await call().end(cut)
    fire("pagehide")
    await clock.advance(60_000)
    expect(calls).toHaveLength(1)
    fire("pageshow")
    await settle()
    expect(calls).toHaveLength(2)
  })

  it("ends with an error if it is not resumable", async () => {
    const { page, fire } = setUp()
    const { audit, requests } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }], {
      interceptors: [page.interceptor],
    })
    const outcome = outcomeOf(audit.watch({}))
    await vi.waitFor(() => expect(requests[0]?.chunksTaken).toBe(1))
    fire("pagehide")
    const { messages, error } = await outcome
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error).toMatchObject({ code: Code.Canceled, rawMessage: "the page was left", source: "client" })
    expect(requests[0].signal.aborted).toBe(true)
  })

  it("can be ended by the consumer while the page is away", async () => {
    const { calls, fire, stream, reading } = await setUpStream()
    fire("pagehide")
    await settle()
    await stream[Symbol.asyncDispose]()
    await reading
    fire("pageshow")
    await settle()
    expect(calls).toHaveLength(1)
  })
})

describe("Q9: a call that the leaving of its page breaks", () => {
  it.each(["beforeunload", "pagehide"])("after %s fails with CANCELED, for unary calls and streams", async (event) => {
    const { page, fire } = setUp()
    const fetch = (): Promise<never> => {
      fire(event)
      return Promise.reject(failedFetch)
    }
    const { users, audit } = scriptedClients([], { interceptors: [page.interceptor], fetch })
    const canceled = { code: Code.Canceled, source: "client", cause: { code: Code.Unavailable, source: "network" } }
    expect(await errorOf(users.getUser({}))).toMatchObject(canceled)
    fire("pageshow")
    const left = { code: Code.Canceled, source: "client" }
    expect((await outcomeOf(audit.watch({}))).error).toMatchObject(event === "pagehide" ? left : canceled)
  })

  it("in the middle of a stream fails with CANCELED too", async () => {
    const { page, fire } = setUp()
    const { audit } = scriptedClients([{ body: [watchFrame("a"), failedFetch] }], { interceptors: [page.interceptor] })
    const messages = audit.watch({})[Symbol.asyncIterator]()
    await messages.next()
    fire("beforeunload")
    await expect(messages.next()).rejects.toMatchObject({ code: Code.Canceled, source: "client" })
  })

  it("is not retried by a resumable stream, unless the page stays", async () => {
    const { calls, call, clock, fire, stream } = await setUpStream()
    fire("beforeunload")
    await call().end(cut)
    expect(stream.state).toMatchObject({ kind: "waiting", untilMs: Infinity, attempt: 1 })
    await clock.advance(9_999)
    expect(calls).toHaveLength(1)
    await clock.advance(1)
    expect(calls).toHaveLength(2)
  })

  it("keeps an error of the service unchanged", async () => {
    const { page, fire } = setUp()
    const { users } = scriptedClients([{ headers: { "grpc-status": "7" }, body: null }], {
      interceptors: [page.interceptor],
    })
    fire("pagehide")
    expect((await errorOf(users.getUser({}))).code).toBe(Code.PermissionDenied)
  })

  it("fails as usual in a page that stays", async () => {
    const { page } = setUp()
    const { users } = scriptedClients([failedFetch], { interceptors: [page.interceptor] })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unavailable, source: "network" })
  })
})
