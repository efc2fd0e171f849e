import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { ResponseStream } from "../src/index.ts"
import { scriptedClients } from "./clients.ts"
import { messageFrame, okTrailer, watchFrame } from "./grpc-web-bytes.ts"
import { errorOf } from "./outcome.ts"
import type { Script, ScriptedFetchOptions } from "./scripted-fetch.ts"

/** The numbers are those of docs/browser-quirks.md. */

describe("Q1: one read is always pending, and only one", () => {
  it("reads one chunk ahead of the consumer, so that Safari delivers it, and no more, so that memory is bounded", async () => {
    const body = ["a", "b", "c", "d"].map(watchFrame)
    const { audit, requests } = scriptedClients([{ body: [...body, okTrailer] }])
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    for (const taken of [2, 3, 4]) {
      await iterator.next()
      // Long enough for any further read to have happened.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(requests[0].chunksTaken).toBe(taken)
    }
    await iterator.return?.()
  })
})

describe("Q10: a consumer that leaves ends the request", () => {
  it.each([
    ["break", async (stream: ResponseStream<unknown>) => void (await takeOne(stream))],
    [
      "a throw in the loop's body",
      async (stream: ResponseStream<unknown>) => {
        const failing = (async () => {
          for await (const _ of stream) throw new RangeError("mine")
        })()
        await expect(failing).rejects.toThrow(RangeError)
      },
    ],
    [
      "return()",
      async (stream: ResponseStream<unknown>) => {
        const iterator = stream[Symbol.asyncIterator]()
        await iterator.next()
        expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
      },
    ],
    [
      "throw()",
      async (stream: ResponseStream<unknown>) => {
        const iterator = stream[Symbol.asyncIterator]()
        await iterator.next()
        await expect(iterator.throw?.(new RangeError("mine"))).rejects.toThrow(RangeError)
      },
    ],
    [
      "the end of an await using block",
      async (stream: ResponseStream<unknown>) => {
        await using disposable = stream
        await disposable[Symbol.asyncIterator]().next()
      },
    ],
  ])("by %s", async (_name, leave) => {
    const { audit, requests } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }])
    await leave(audit.watch({}))
    expect(requests[0].signal.aborted).toBe(true)
  })

  it("while it waits for the answer's head, and while it waits for a message", async () => {
    const { audit, requests } = scriptedClients([new Promise(() => {}), { body: [], isOpen: true }])
    for (const request of [0, 1]) {
      const iterator = audit.watch({})[Symbol.asyncIterator]()
      const pending = iterator.next()
      await vi.waitFor(() => expect(requests).toHaveLength(request + 1))
      await iterator.return?.()
      expect(await pending).toEqual({ done: true, value: undefined })
      expect(requests[request].signal.aborted).toBe(true)
    }
  })

  it("before the first message is requested: nothing was sent", async () => {
    const { audit, requests } = scriptedClients([{ body: [okTrailer] }])
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    await iterator.return?.()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(requests).toEqual([])
  })
})

async function takeOne(stream: AsyncIterable<unknown>): Promise<unknown> {
  for await (const message of stream) return message
  return undefined
}

function clients(answer: Script | Promise<Script>, options: ScriptedFetchOptions = {}) {
  return scriptedClients([answer], options)
}

describe("Q20: the browser's offline state", () => {
  it("does not prevent the first attempt, because it may be wrong", async () => {
    vi.stubGlobal("navigator", { onLine: false })
    onTestFinished(() => void vi.unstubAllGlobals())
    const { users, requests } = clients({
      body: [messageFrame(GetUserResponseSchema, { user: { id: "1" } }), okTrailer],
    })
    expect((await users.getUser({ id: "1" })).user?.id).toBe("1")
    expect(requests).toHaveLength(1)
  })
})

describe("Q26: an answer with its status in the headers", () => {
  it("fails with the status and metadata of the headers", async () => {
    const headers = {
      "grpc-status": "9",
      "grpc-message": "not%20now",
      "x-causeway-reason": "draining",
      "grpc-retry-pushback-ms": "250",
      "x-custom": "kept",
    }
    const { users } = scriptedClients([{ headers, body: null }])
    const error = await errorOf(users.getUser({ id: "1" }))
    expect(error).toMatchObject({
      code: Code.FailedPrecondition,
      rawMessage: "not now",
      source: "server",
      reason: "draining",
    })
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe("250")
    expect(error.metadata.get("x-custom")).toBe("kept")
  })

  it("hidden by CORS fails with an error that names the missing header", async () => {
    const { users } = scriptedClients([{ headers: { "content-length": "0" }, body: [] }])
    const error = await errorOf(users.getUser({ id: "1" }))
    expect(error).toMatchObject({ code: Code.Unknown, source: "protocol" })
    expect(error.message).toContain("Access-Control-Expose-Headers")
  })
})
