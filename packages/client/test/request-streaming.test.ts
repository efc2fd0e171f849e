import { encodeBase64 } from "@causeway/protocol"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { requestStreaming, textFormat } from "../src/index.ts"
import { clientsOf } from "./clients.ts"
import { bytes, join, okTrailer, watchFrame } from "./grpc-web-bytes.ts"
import { serve } from "./http-server.ts"
import { errorOf, outcomeOf } from "./outcome.ts"
import { imported, row, rowFrame, rows, answerOf, streamOf, drain, streamingClients } from "./streaming-setup.ts"
import type { Fetch } from "./streaming-setup.ts"

/** Endless rows, and whether their iterator was ended. */
function endlessRows() {
  const returned = vi.fn()
  async function* endless() {
    try {
      for (;;) yield row("a")
    } finally {
      returned()
    }
  }
  return { endless, returned }
}

describe("streamed requests", () => {
  it("send each message when it is there and the network asks for it", async () => {
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
      // Arrives only after the first message was sent.
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

  it("are used only for client-streaming and bidi calls", async () => {
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

  it("are not held in memory all together", async () => {
    const fetch: Fetch = async (_url, init) => {
      await drain(streamOf(init)!)
      return answerOf(imported)
    }
    const { imports } = streamingClients(fetch, { requestStreaming: requestStreaming({ maxRequestBytes: 20 }) })
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

describe("the source of a streamed request", () => {
  it("that throws fails the call with the thrown error as its cause, and ends the request", async () => {
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

  it("gets an abort while it is being read", async () => {
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

  it("is ended with return() when the server finishes first", async () => {
    const { endless, returned } = endlessRows()
    const { imports } = streamingClients(async (_url, init) => {
      await streamOf(init)?.read()
      return answerOf(imported)
    })
    expect((await imports.import(endless())).createdCount).toBe(2n)
    await vi.waitFor(() => expect(returned).toHaveBeenCalledTimes(1))
  })

  it("is stopped by an invalid answer", async () => {
    const { endless, returned } = endlessRows()
    const { imports } = streamingClients(async (_url, init) => {
      await streamOf(init)?.read()
      return new Response(bytes("<!doctype html>"), { headers: { "content-type": "text/html" } })
    })
    expect(await errorOf(imports.import(endless()))).toMatchObject({ source: "http" })
    await vi.waitFor(() => expect(returned).toHaveBeenCalledTimes(1))
  })
})
