import { ChatResponseSchema } from "@causeway/proto/api/v1/support_pb"
import { ImportRequestSchema, ImportResponseSchema } from "@causeway/proto/api/v1/import_pb"
import { encodeBase64 } from "@causeway/protocol"
import { Code } from "@connectrpc/connect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { requestStreaming, silenceLimits, textFormat } from "../src/index.ts"
import type { TransportOptions } from "../src/index.ts"
import { clientsOf } from "./clients.ts"
import { bytes, join, messageFrame, okTrailer, watchFrame } from "./grpc-web-bytes.ts"
import { serve } from "./http-server.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const imported = join(messageFrame(ImportResponseSchema, { createdCount: 2n }), okTrailer)
const row = (email: string) => ({ user: { email } })
const rowFrame = (email: string) => messageFrame(ImportRequestSchema, row(email))

async function* rows(...emails: string[]) {
  for (const email of emails) yield row(email)
}

function answerOf(body: Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { headers: { "content-type": "application/grpc-web+proto" } })
}

/** The body of a request; null: it was not streamed. */
function streamOf(init: RequestInit | undefined): ReadableStreamDefaultReader<Uint8Array> | null {
  return init?.body instanceof ReadableStream ? init.body.getReader() : null
}

async function drain(body: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (let read; (read = await body.read()).value !== undefined;) chunks.push(read.value)
  return join(...chunks)
}

/** As Chromium over HTTP/1.1: refuses a stream without taking anything of it. */
const refusing = async (_url: unknown, init?: RequestInit): Promise<Response> => {
  if (streamOf(init)) throw new TypeError("Failed to fetch")
  return answerOf(imported)
}

type Fetch = (url: unknown, init?: RequestInit) => Promise<Response>

function streamingClients(fetch: Fetch, options: Partial<TransportOptions> = {}) {
  const spy = vi.fn(fetch)
  const streaming = requestStreaming()
  const clients = clientsOf({
    baseUrl: "https://api.test",
    requestStreaming: streaming,
    fetch: spy,
    ...options,
  })
  /** Which requests were streamed. */
  const streamed = () => spy.mock.calls.map(([, init]) => init?.body instanceof ReadableStream)
  return { ...clients, streamed, spy }
}

describe("streamed requests", () => {
  it("send each message when it is there, and not before the network asks", async () => {
    const taken: Uint8Array[] = []
    let sendSecond = (): void => {}
    const second = new Promise<void>((resolve) => (sendSecond = resolve))
    const { imports } = streamingClients(async (_url, init) => {
      const body = streamOf(init)!
      let read = await body.read()
      while (read.value !== undefined) {
        taken.push(read.value)
        sendSecond()
        read = await body.read()
      }
      return answerOf(imported)
    })
    async function* source() {
      yield row("a")
      // Comes only once the first one is on its way.
      await second
      yield row("b")
    }
    expect((await imports.import(source())).createdCount).toBe(2n)
    expect(taken).toEqual([rowFrame("a"), rowFrame("b")])
  })

  it("Q16: are half-duplex POSTs that follow no redirect", async () => {
    const { imports, spy } = streamingClients(async (_url, init) => {
      await drain(streamOf(init)!)
      return answerOf(imported)
    })
    await imports.import(rows("a"))
    expect(spy.mock.calls[0][1]).toMatchObject({ method: "POST", duplex: "half", redirect: "error" })
  })

  it("are only those of many messages", async () => {
    const body = join(watchFrame("a"), okTrailer)
    const { audit, streamed } = streamingClients(async () => answerOf(body))
    expect((await outcomeOf(audit.watch({}))).messages).toHaveLength(1)
    expect(streamed()).toEqual([false])
  })

  it("are encoded message by message in text mode", async () => {
    let sent = new Uint8Array()
    const fetch: Fetch = async (_url, init) => {
      sent = new Uint8Array(await drain(streamOf(init)!))
      return answerOf(imported)
    }
    const { imports } = streamingClients(fetch, { format: textFormat() })
    await imports.import(rows("a", "bc"))
    expect(sent).toEqual(join(encodeBase64(rowFrame("a")), encodeBase64(rowFrame("bc"))))
  })

  it("need no room for all messages together", async () => {
    const fetch: Fetch = async (_url, init) => {
      await drain(streamOf(init)!)
      return answerOf(imported)
    }
    const { imports } = streamingClients(fetch, { maxRequestBytes: 20 })
    await imports.import(rows("someone@example.test", "another@example.test"))
  })

  it("arrive one by one at a server, by Node's own fetch", async () => {
    let arrived = (_chunk: Uint8Array): void => {}
    const first = new Promise<Uint8Array>((resolve) => (arrived = resolve))
    const { baseUrl } = await serve((request, response) => {
      request.on("data", (chunk: Buffer) => arrived(new Uint8Array(chunk)))
      request.on("end", () => {
        response.writeHead(200, { "content-type": "application/grpc-web+proto" })
        response.end(imported)
      })
    })
    const { imports } = clientsOf({ baseUrl, requestStreaming: requestStreaming() })
    async function* source() {
      yield row("a")
      expect(await first).toEqual(rowFrame("a"))
      yield row("b")
    }
    expect((await imports.import(source())).createdCount).toBe(2n)
  })
})

describe("Q13: where fetch takes no streams, although it throws nothing", () => {
  it.each([
    [
      "asks for no duplex",
      class {
        headers = new Headers()
      },
    ],
    [
      "sends the stream as text",
      class {
        headers = new Headers({ "content-type": "text/plain;charset=UTF-8" })
        constructor(_url: string, init: { duplex: string }) {
          void init.duplex
        }
      },
    ],
    [
      "throws all the same",
      class {
        constructor() {
          throw new TypeError("no")
        }
      },
    ],
  ])("because it %s, the messages go in one piece", async (_what, Request) => {
    vi.stubGlobal("Request", Request)
    const { imports, streamed, spy } = streamingClients(async () => answerOf(imported))
    await imports.import(rows("a", "b"))
    expect(streamed()).toEqual([false])
    expect(spy.mock.calls[0][1]?.body).toEqual(join(rowFrame("a"), rowFrame("b")))
  })
})

describe("Q14: a server that speaks HTTP/1.1", () => {
  it("gets the same call in one piece, and so every further one", async () => {
    const { imports, streamed } = streamingClients(refusing)
    expect((await imports.import(rows("a", "b"))).createdCount).toBe(2n)
    expect(streamed()).toEqual([true, false])
    await imports.import(rows("a"))
    expect(streamed()).toEqual([true, false, false])
  })

  it("says nothing about another origin", async () => {
    const streaming = requestStreaming()
    const one = streamingClients(refusing, { requestStreaming: streaming })
    await one.imports.import(rows("a"))
    const other = streamingClients(refusing, { requestStreaming: streaming, baseUrl: "https://other.test" })
    await other.imports.import(rows("a"))
    expect(other.streamed()).toEqual([true, false])
  })

  it("is not taken for one that is down", async () => {
    let isDown = true
    const { imports, streamed } = streamingClients(async (_url, init) => {
      if (isDown) throw new TypeError("Failed to fetch")
      await drain(streamOf(init)!)
      return answerOf(imported)
    })
    expect(await errorOf(imports.import(rows("a")))).toMatchObject({ code: Code.Unavailable, source: "network" })
    isDown = false
    await imports.import(rows("a"))
    expect(streamed()).toEqual([true, false, true])
  })

  it("is not even tried from a page that would need TLS for HTTP/2", async () => {
    vi.stubGlobal("location", new URL("http://app.test/"))
    const { imports, streamed } = streamingClients(refusing, { baseUrl: "/rpc" })
    await imports.import(rows("a"))
    expect(streamed()).toEqual([false])
  })

  it("is never sent a second time what was taken once", async () => {
    const { imports, streamed } = streamingClients(async (_url, init) => {
      await streamOf(init)?.read()
      throw new TypeError("Failed to fetch")
    })
    expect(await errorOf(imports.import(rows("a", "b")))).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(streamed()).toEqual([true])
  })

  it("that answers a request it does not want with an error has answered it", async () => {
    const { imports, streamed } = streamingClients(async () => new Response("no", { status: 403 }))
    expect(await errorOf(imports.import(rows("a")))).toMatchObject({ code: Code.PermissionDenied, source: "http" })
    expect(streamed()).toEqual([true])
  })
})

describe("Q15: a streamed bidi call is half duplex", () => {
  it("gives its answers after the last message", async () => {
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

  it("whose source waits for an answer says so when its deadline passes", async () => {
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

  it("waits for the first byte only once its messages are over", async () => {
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

describe("the source of a streamed request", () => {
  it("that throws fails the call with that as its cause, and ends the request", async () => {
    const cause = new RangeError("no such row")
    const { imports, spy } = streamingClients(async (_url, init) => {
      await drain(streamOf(init)!)
      return answerOf(imported)
    })
    async function* failing() {
      yield row("a")
      throw cause
    }
    expect(await errorOf(imports.import(failing()))).toMatchObject({ code: Code.Unknown, source: "client", cause })
    expect(spy.mock.calls[0][1]?.signal?.aborted).toBe(true)
  })

  it("is told of an abort while it is asked", async () => {
    const controller = new AbortController()
    const thrown = vi.fn(async () => ({ done: true as const, value: undefined }))
    const next = vi.fn(() => new Promise<never>(() => {}))
    const source = { [Symbol.asyncIterator]: () => ({ next, throw: thrown }) }
    const { imports } = streamingClients(async (_url, init) => {
      await drain(streamOf(init)!)
      return answerOf(imported)
    })
    const call = errorOf(imports.import(source, { signal: controller.signal }))
    await vi.waitFor(() => expect(next).toHaveBeenCalledTimes(1))
    controller.abort(new Error("changed my mind"))
    expect(await call).toMatchObject({ code: Code.Canceled, rawMessage: "changed my mind" })
    expect(thrown).toHaveBeenCalledWith(expect.objectContaining({ code: Code.Canceled }))
  })

  it("is returned from when the server is done before it is", async () => {
    const returned = vi.fn()
    async function* endless() {
      try {
        for (;;) yield row("a")
      } finally {
        returned()
      }
    }
    const { imports } = streamingClients(async (_url, init) => {
      await streamOf(init)?.read()
      return answerOf(imported)
    })
    expect((await imports.import(endless())).createdCount).toBe(2n)
    await vi.waitFor(() => expect(returned).toHaveBeenCalledTimes(1))
  })

  it("is stopped by an answer that is none", async () => {
    const returned = vi.fn()
    async function* endless() {
      try {
        for (;;) yield row("a")
      } finally {
        returned()
      }
    }
    const { imports } = streamingClients(async (_url, init) => {
      await streamOf(init)?.read()
      return new Response(bytes("<!doctype html>"), { headers: { "content-type": "text/html" } })
    })
    expect(await errorOf(imports.import(endless()))).toMatchObject({ source: "http" })
    await vi.waitFor(() => expect(returned).toHaveBeenCalledTimes(1))
  })
})
