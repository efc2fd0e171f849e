import { ChatResponseSchema } from "@causeway/proto/api/v1/support_pb"
import { ImportRequestSchema, ImportResponseSchema } from "@causeway/proto/api/v1/import_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { bufferedRequests, requestStreaming } from "../src/index.ts"
import { scriptedClients } from "./clients.ts"
import { join, messageFrame, okTrailer, trailerFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

const imported = { body: [join(messageFrame(ImportResponseSchema, { createdCount: 2n }), okTrailer)] }
const row = (email: string) => ({ user: { email } })

async function* rows(...emails: string[]) {
  for (const email of emails) yield row(email)
}

describe("a client stream", () => {
  it("sends all its messages as one body, and returns the answer with headers and trailers", async () => {
    const { imports, requests } = scriptedClients([imported])
    const seen: (string | null)[] = []
    const response = await imports.import(rows("a@x.test", "b@x.test"), {
      onHeader: (header) => seen.push(header.get("content-type")),
      onTrailer: (trailer) => seen.push(trailer.get("grpc-status")),
    })
    expect(response.createdCount).toBe(2n)
    expect(seen).toEqual(["application/grpc-web+proto", "0"])
    const frames = ["a@x.test", "b@x.test"].map((email) => messageFrame(ImportRequestSchema, row(email)))
    expect(requests[0].body).toEqual(join(...frames))
  })

  it("may be empty", async () => {
    const { imports, requests } = scriptedClients([imported])
    await imports.import(rows())
    expect(requests[0].body).toHaveLength(0)
  })

  it.each([
    [0, okTrailer],
    [2, join(...[1, 2].map(() => messageFrame(ImportResponseSchema, {})), okTrailer)],
  ])("answered OK with %i messages is UNIMPLEMENTED", async (_count, body) => {
    const { imports } = scriptedClients([{ body: [body] }])
    expect(await errorOf(imports.import(rows()))).toMatchObject({ code: Code.Unimplemented, source: "protocol" })
  })

  it("fails with the status of the answer", async () => {
    const { imports } = scriptedClients([{ body: [trailerFrame("grpc-status:3", "grpc-message:row%201")] }])
    expect(await errorOf(imports.import(rows("a")))).toMatchObject({
      code: Code.InvalidArgument,
      source: "server",
      rawMessage: "row 1",
    })
  })

  it("longer than maxRequestBytes is refused before it is sent, and stops its source", async () => {
    const { imports, requests } = scriptedClients([imported], {
      requestStreaming: bufferedRequests({ maxRequestBytes: 100 }),
    })
    let isStopped = false
    async function* endless() {
      try {
        for (;;) yield row("someone@example.test")
      } finally {
        isStopped = true
      }
    }
    const error = await errorOf(imports.import(endless()))
    expect(error).toMatchObject({ code: Code.ResourceExhausted, source: "client" })
    expect(error.message).toContain("maxRequestBytes")
    expect(isStopped).toBe(true)
    expect(requests).toEqual([])
  })

  it("whose source throws fails with the thrown error as its cause, and sends nothing", async () => {
    const { imports, requests } = scriptedClients([imported])
    const cause = new RangeError("no such row")
    async function* failing() {
      yield row("a")
      throw cause
    }
    expect(await errorOf(imports.import(failing()))).toMatchObject({ code: Code.Unknown, source: "client", cause })
    expect(requests).toEqual([])
  })

  it("aborted while its source is being read ends at once, and throws the reason into the source", async () => {
    const { imports, requests } = scriptedClients([imported])
    const controller = new AbortController()
    const thrown = vi.fn(async () => ({ done: true as const, value: undefined }))
    const next = vi.fn(() => new Promise<never>(() => {}))
    const source = { [Symbol.asyncIterator]: () => ({ next, throw: thrown }) }
    const call = errorOf(imports.import(source, { signal: controller.signal }))
    await vi.waitFor(() => expect(next).toHaveBeenCalledTimes(1))
    controller.abort(new Error("changed my mind"))
    expect(await call).toMatchObject({ code: Code.Canceled, rawMessage: "changed my mind" })
    expect(thrown).toHaveBeenCalledWith(expect.objectContaining({ code: Code.Canceled }))
    expect(requests).toEqual([])
  })

  it("asks its source for one iterator only", async () => {
    const { imports } = scriptedClients([imported])
    const iterator = vi.fn(() => rows("a")[Symbol.asyncIterator]())
    await imports.import({ [Symbol.asyncIterator]: iterator })
    expect(iterator).toHaveBeenCalledTimes(1)
  })

  it("is ended when onHeader throws", async () => {
    const { imports, requests } = scriptedClients([{ ...imported, isOpen: true }])
    const cause = new RangeError("mine")
    const onHeader = () => {
      throw cause
    }
    const error = await errorOf(imports.import(rows("a"), { onHeader }))
    expect(error).toMatchObject({ code: Code.Unknown, source: "client", cause })
    expect(requests[0].signal.aborted).toBe(true)
  })
})

describe("without requestStreaming() and bufferedRequests()", () => {
  it("calls with a stream of requests are UNIMPLEMENTED; nothing is sent or read", async () => {
    const { imports, support, requests } = scriptedClients([], { requestStreaming: undefined })
    const next = vi.fn(() => new Promise<never>(() => {}))
    const source = { [Symbol.asyncIterator]: () => ({ next }) }
    for (const error of [await errorOf(imports.import(source)), (await outcomeOf(support.chat(source))).error]) {
      expect(error).toMatchObject({ code: Code.Unimplemented, source: "client" })
      expect(error?.message).toContain("createTransport needs requestStreaming()")
    }
    expect(next).not.toHaveBeenCalled()
    expect(requests).toEqual([])
  })

  it("a server stream still works", async () => {
    const { audit, requests } = scriptedClients([{ body: [okTrailer] }], { requestStreaming: undefined })
    expect((await outcomeOf(audit.watch({ backlogSize: 1 }))).error).toBeUndefined()
    expect(requests).toHaveLength(1)
  })
})

it.each([-1, 0, NaN])("a maxRequestBytes of %d is refused", (maxRequestBytes) => {
  for (const make of [requestStreaming, bufferedRequests]) expect(() => make({ maxRequestBytes })).toThrow(TypeError)
})

describe("a bidi stream", () => {
  const answers = ["hello", "there"].map((text) => messageFrame(ChatResponseSchema, { text }))

  it("is half duplex: first all requests, then all answers", async () => {
    const { support, requests } = scriptedClients([{ body: [...answers, okTrailer] }])
    async function* questions() {
      yield { text: "hi" }
      yield { text: "you" }
    }
    const { messages, error } = await outcomeOf(support.chat(questions()))
    expect(error).toBeUndefined()
    expect(messages.map(({ text }) => text)).toEqual(["hello", "there"])
    expect(requests).toHaveLength(1)
  })

  it("whose source waits for an answer fails at its deadline with an error that says so", async () => {
    const { support, requests } = scriptedClients([{ body: [okTrailer] }])
    async function* waiting() {
      yield { text: "hi" }
      await new Promise(() => {})
    }
    const { error } = await outcomeOf(support.chat(waiting(), { timeoutMs: 5 }))
    expect(error).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
    expect(error?.message).toContain("half duplex")
    expect(requests).toEqual([])
  })
})
