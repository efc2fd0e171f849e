import { Code } from "@connectrpc/connect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { requestStreaming } from "../src/index.ts"
import { join } from "./grpc-web-bytes.ts"
import { errorOf } from "./outcome.ts"
import { imported, rowFrame, rows, answerOf, streamOf, drain, refusing, streamingClients } from "./streaming-setup.ts"

afterEach(() => {
  vi.unstubAllGlobals()
})

describe("Q13: a fetch that accepts no streams, although it throws nothing", () => {
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

  it("does not affect other origins", async () => {
    const streaming = requestStreaming()
    const one = streamingClients(refusing, { requestStreaming: streaming })
    await one.imports.import(rows("a"))
    const other = streamingClients(refusing, { requestStreaming: streaming, baseUrl: "https://other.test" })
    await other.imports.import(rows("a"))
    expect(other.streamed()).toEqual([true, false])
  })

  it("is distinguished from a server that is down", async () => {
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

  it("is not tested from a page without TLS, where HTTP/2 is impossible", async () => {
    vi.stubGlobal("location", new URL("http://app.test/"))
    const { imports, streamed } = streamingClients(refusing, { baseUrl: "/rpc" })
    await imports.import(rows("a"))
    expect(streamed()).toEqual([false])
  })

  it("never gets a message twice", async () => {
    const { imports, streamed } = streamingClients(async (_url, init) => {
      await streamOf(init)?.read()
      throw new TypeError("Failed to fetch")
    })
    expect(await errorOf(imports.import(rows("a", "b")))).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(streamed()).toEqual([true])
  })

  it("that answers a request with an error gets no second request", async () => {
    const { imports, streamed } = streamingClients(async () => new Response("no", { status: 403 }))
    expect(await errorOf(imports.import(rows("a")))).toMatchObject({ code: Code.PermissionDenied, source: "http" })
    expect(streamed()).toEqual([true])
  })
})
