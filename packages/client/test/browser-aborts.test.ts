import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { clientsOf, scriptedClients, wordsOf } from "./clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"
import { scriptedFetch } from "./scripted-fetch.ts"
import type { Script, ScriptedFetchOptions } from "./scripted-fetch.ts"

/** The numbers are those of docs/browser-quirks.md. */

describe.each(["break", "end", "ignore"] as const)("Q11, Q12: an abort, where fetch makes the body %s", (onAbort) => {
  const reason = new Error("changed my mind")
  const message = messageFrame(GetUserResponseSchema, { user: { id: "1" } })
  const half = message.subarray(0, 6)

  /** A unary call that is aborted when its body has given all its chunks. */
  async function abortedUnary(script: Script | Promise<Script>): Promise<{ error?: unknown; id?: string }> {
    const { users, requests } = clients(script, { onAbort })
    const controller = new AbortController()
    const call = users.getUser({ id: "1" }, { signal: controller.signal }).then(
      ({ user }) => ({ id: user?.id }),
      (error: unknown) => ({ error }),
    )
    const chunks = script instanceof Promise ? 0 : (script.body?.length ?? 0)
    await vi.waitFor(() => expect(requests[0]?.chunksTaken).toBe(chunks))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    return call
  }

  it("before the call fails it and sends nothing", async () => {
    const { users, requests } = clients({ body: [message, okTrailer] }, { onAbort })
    const error = await errorOf(users.getUser({ id: "1" }, { signal: AbortSignal.abort(reason) }))
    expect(error).toMatchObject({ code: Code.Canceled, source: "client", cause: reason })
    expect(requests).toEqual([])
  })

  it.each<[phase: string, script: Script | Promise<Script>]>([
    ["before the head", new Promise<Script>(() => {})],
    ["between the head and the first byte", { body: [], isOpen: true }],
    ["in the middle of a frame", { body: [half], isOpen: true }],
    ["between the message and the trailers", { body: [message], isOpen: true }],
    ["in the middle of the trailers", { body: [join(message, okTrailer.subarray(0, 9))], isOpen: true }],
  ])("%s rejects as CANCELED with the caller's reason", async (_phase, script) => {
    const { error } = await abortedUnary(script)
    expect(error).toMatchObject({ code: Code.Canceled, source: "client", cause: reason })
  })

  it("after the trailers does not undo the success, although the body has not ended", async () => {
    expect(await abortedUnary({ body: [join(message, okTrailer)], isOpen: true })).toEqual({ id: "1" })
  })

  it("of a stream rejects the pending read, and the ones after it find the end", async () => {
    const { audit, requests } = clients({ body: [watchFrame("a")], isOpen: true }, { onAbort })
    const controller = new AbortController()
    const iterator = audit.watch({}, { signal: controller.signal })[Symbol.asyncIterator]()
    await iterator.next()
    const pending = iterator.next()
    controller.abort(reason)
    await expect(pending).rejects.toMatchObject({ code: Code.Canceled, cause: reason })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(requests[0].signal.aborted).toBe(true)
  })

  it.each<[phase: string, script: Script | Promise<Script>, before: number]>([
    ["before the head", new Promise<Script>(() => {}), 0],
    ["between the head and the first byte", { body: [], isOpen: true }, 0],
    ["in the middle of a frame", { body: [join(watchFrame("a"), half)], isOpen: true }, 1],
    ["in the middle of the trailers", { body: [join(watchFrame("a"), okTrailer.subarray(0, 9))], isOpen: true }, 1],
  ])("of a stream %s is one rejection, and then the end", async (_phase, script, before) => {
    const { audit, requests } = clients(script, { onAbort })
    const controller = new AbortController()
    const iterator = audit.watch({}, { signal: controller.signal })[Symbol.asyncIterator]()
    for (let taken = 0; taken < before; taken++) expect((await iterator.next()).done).toBe(false)
    const outcomes = [iterator.next(), iterator.next()].map((next) =>
      next.then(
        ({ done }) => (done === true ? "end" : "message"),
        (error: unknown) => error,
      ),
    )
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    const [first, second] = await Promise.all(outcomes)
    expect(first).toMatchObject({ code: Code.Canceled, source: "client", cause: reason })
    expect(second).toBe("end")
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it("of a stream takes precedence over messages that arrived but were not read", async () => {
    const { audit } = clients({ body: [join(watchFrame("a"), watchFrame("b"), okTrailer)] }, { onAbort })
    const controller = new AbortController()
    const iterator = audit.watch({}, { signal: controller.signal })[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort(reason)
    await expect(iterator.next()).rejects.toMatchObject({ code: Code.Canceled, cause: reason })
  })

  it("after the end of a stream changes nothing", async () => {
    const { audit } = clients({ body: [watchFrame("a"), okTrailer] }, { onAbort })
    const controller = new AbortController()
    const iterator = audit.watch({}, { signal: controller.signal })[Symbol.asyncIterator]()
    expect((await iterator.next()).done).toBe(false)
    expect((await iterator.next()).done).toBe(true)
    controller.abort(reason)
    expect((await iterator.next()).done).toBe(true)
  })
})

describe("Q11: an answer that comes after the abort", () => {
  it("is released if fetch ignores its signal", async () => {
    let answer = (_script: Script): void => {}
    const late = new Promise<Script>((resolve) => (answer = resolve))
    const { users, requests } = clients(late, { onAbort: "ignore" })
    const controller = new AbortController()
    const call = errorOf(users.getUser({ id: "1" }, { signal: controller.signal }))
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    controller.abort()
    expect((await call).code).toBe(Code.Canceled)
    answer({ body: [], isOpen: true })
    await vi.waitFor(() => expect(requests[0].isCanceled).toBe(true))
  })
})

describe("Q12: a body that other code canceled, and that therefore ends without an error", () => {
  const message = messageFrame(GetUserResponseSchema, { user: { id: "1" } })

  /**
   * A wrapper around the scripted `fetch` that cancels the body after some chunks, as wrappers that inspect answers may
   * do.
   */
  function cancelledAfter(chunks: number, body: Uint8Array[]) {
    const scripted = scriptedFetch([{ body, isOpen: true }])
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await scripted.fetch(input, init)
      if (chunks === 0) {
        await answer.body?.cancel()
        return answer
      }
      const reader = answer.body?.getReader()
      let taken = 0
      const relay = new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (taken++ === chunks) await reader?.cancel()
          const { value } = (await reader?.read()) ?? {}
          if (value === undefined) controller.close()
          else controller.enqueue(value)
        },
      })
      return new Response(relay, answer)
    }
    return { ...clientsOf({ baseUrl: "https://api.test", fetch }), requests: scripted.requests }
  }

  it.each([
    ["at once", 0, []],
    ["in a message", 1, [message.subarray(0, 6)]],
    ["after the message", 1, [message]],
    ["in the trailers", 1, [join(message, okTrailer.subarray(0, 9))]],
  ])("%s is not a success of a unary call", async (_when, chunks, body) => {
    const { users, requests } = cancelledAfter(chunks, body)
    const error = await errorOf(users.getUser({ id: "1" }))
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(requests[0].isCanceled).toBe(true)
  })

  it("gives the messages of a stream that arrived before, and then fails", async () => {
    const { audit, requests } = cancelledAfter(2, [watchFrame("a"), watchFrame("b")])
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(wordsOf(messages)).toEqual(["a", "b"])
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(requests[0].isCanceled).toBe(true)
  })
})

function clients(answer: Script | Promise<Script>, options: ScriptedFetchOptions = {}) {
  return scriptedClients([answer], options)
}
