import { ChatResponseSchema } from "@causeway/proto/api/v1/support_pb"
import { Code } from "@connectrpc/connect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { silenceLimits } from "../src/index.ts"
import { join, messageFrame, okTrailer } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"
import { row, answerOf, streamOf, drain, streamingClients } from "./streaming-setup.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("Q15: a streamed bidi call is half duplex", () => {
  it("delivers its answers after the last request message", async () => {
    const answers = join(messageFrame(ChatResponseSchema, { text: "hello" }), okTrailer)
    const { support } = streamingClients(async (_url, init) => {
      await drain(streamOf(init)!)
      return answerOf(answers)
    })
    async function* questions() {
      yield { text: "hi" }
    }
    expect((await outcomeOf(support.chat(questions()))).messages.map(({ text }) => text)).toEqual(["hello"])
  })

  it("whose source waits for an answer fails at its deadline with an error that says so", async () => {
    const { support } = streamingClients(async (_url, init) => {
      await drain(streamOf(init)!)
      return answerOf(okTrailer)
    })
    async function* waiting() {
      yield { text: "hi" }
      await new Promise(() => {})
    }
    const { error } = await outcomeOf(support.chat(waiting(), { timeoutMs: 20 }))
    expect(error).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
    expect(error?.message).toContain("half duplex")
  })

  it("starts the first-byte limit only after its last request message", async () => {
    vi.useFakeTimers()
    const silent = async (_url: unknown, init?: RequestInit) => {
      await drain(streamOf(init)!)
      return new Promise<Response>(() => {})
    }
    const limits = silenceLimits({ firstByteTimeoutMs: 1_000 })
    const { imports } = streamingClients(silent, { silenceLimits: limits })
    async function* slow() {
      await new Promise((resolve) => setTimeout(resolve, 10_000))
      yield row("a")
    }
    const call = errorOf(imports.import(slow()))
    let isOver = false
    void call.then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(10_500)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await call).toMatchObject({ code: Code.Unavailable, reason: "no-first-byte" })
  })
})
