import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { sendReply, stayOpen } from "./support/handlers.ts"
import { nextTurn } from "./support/raw-h2.ts"
import type { RawHttp1 } from "./support/raw-http1.ts"
import { connectRawHttp1, httpChunk, requestHead, valueOf } from "./support/raw-http1.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { expectAllZero, pipelining, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { readReply } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const sized = ["content-type", "application/grpc-web", "content-length", String(hello.length)]
const connectHead = "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n"

const scene = sceneForEachTest({ "/test.Raw/Ok": sendReply, "/test.Raw/Stay": stayOpen })

/** Requests that are refused without an exchange. */
const refused: readonly (readonly [what: string, head: string, status: number])[] = [
  ["CONNECT", connectHead, 405],
  ["bytes that are not HTTP", "GARBAGE\r\n\r\n", 400],
  ["HTTP/2.0 in a request line", requestHead("/test.Raw/Ok", sized, "2.0"), 505],
  ["an expectation that is not known", requestHead("/test.Raw/Ok", [...sized, "expect", "tea"]), 417],
]

describe.each(refused)("a refusal of %s", (_what, head, status) => {
  async function refusedClient(): Promise<RawHttp1> {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(head)
    expect((await raw.response()).status).toBe(status)
    await raw.closed()
    return raw
  }

  it("leaves nothing behind when the client sends more, and then closes its side", async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, refusedClient))
    for (const raw of clients) {
      raw.send("x")
      raw.socket.end()
    }
    await waitFor(() => scene.bridge.gauges().connections === 0, { timeoutMs: 2_000 })
  })

  it("leaves nothing behind when the client sends more and more", async () => {
    const raw = await refusedClient()
    let sent = 0
    for (; !raw.socket.destroyed && sent < 256; sent++) {
      raw.send(Buffer.alloc(65_536))
      await nextTurn()
    }
    await waitFor(() => scene.bridge.gauges().connections === 0, { timeoutMs: 2_000 })
    raw.destroy()
  })

  it("is not written after the beginning of an answer", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead("/test.Raw/Stay", sized), hello)
    await raw.head()
    await raw.chunk()
    raw.send(head)
    if (pipelining === "at once") await raw.closed()
    else {
      for (let turn = 0; turn < 20; turn++) await nextTurn() // it is not read before the answer has ended
      expect(scene.bridge.failures).toEqual([])
      raw.destroy()
    }
    expect(raw.unread.toString("latin1")).toBe("")
    await waitFor(() => scene.bridge.records.at(-1)?.error?.reason === "client-gone")
  })

  it("reaches a client that sends more before it reads", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(head, Buffer.alloc(200_000))
    expect((await raw.response()).status).toBe(status)
    await raw.closed()
    raw.destroy()
  })
})

describe("after the refusal of a CONNECT", () => {
  it("the connection of a client that sends nothing more, and does not close, is closed after a while", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.socket.allowHalfOpen = true
    raw.send(connectHead)
    await raw.response()
    await waitFor(() => scene.bridge.gauges().connections === 0, { timeoutMs: 10_000 })
    raw.destroy()
  }, 15_000)
})

describe("a request to upgrade", () => {
  it("is an ordinary request: the field is ignored (RFC 9110 §7.8)", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    const upgrade = ["connection", "upgrade", "upgrade", "h2c", "http2-settings", "AAMAAABk"]
    raw.send(requestHead("/test.Raw/Ok", [...sized, ...upgrade]), hello)
    const response = await raw.response()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    raw.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    expect((await raw.response()).status).toBe(405)
    raw.destroy()
  })
})

describe("an upload that waits for 100 Continue", () => {
  const awaiting = (path: string, more: readonly string[] = []): string =>
    requestHead(path, [...sized, "expect", "100-continue", ...more])

  it("gets 100 Continue when the call is accepted", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(awaiting("/test.Raw/Ok"))
    expect((await raw.head()).status).toBe(100)
    raw.send(hello)
    const response = await raw.response()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    raw.destroy()
  })

  it.each([
    ["for its origin", "/test.Raw/Ok", ["origin", "https://elsewhere.example"], 403],
    ["for its head's size", "/test.Raw/Ok", ["x-large", "x".repeat(17_000)], 200],
  ])(
    "gets no 100 Continue when the request is refused %s, and the connection closes",
    async (_what, path, more, status) => {
      const raw = await connectRawHttp1(scene.bridge.address)
      raw.send(awaiting(path, more))
      const response = await raw.response()
      expect(response.status).toBe(status)
      expect(valueOf(response.fields, "connection")).toBe("close")
      await raw.closed()
      raw.destroy()
    },
  )

  it("may come before 100 Continue, which is then not sent", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(awaiting("/test.Raw/Ok"), hello)
    expect((await raw.response()).status).toBe(200)
    raw.destroy()
  })
})

describe("the share of one address", () => {
  it("limits its connections, with an explanation", async () => {
    const small = await startBridge({ upstream: scene.backend.url, maxConnectionsPerAddress: 2 })
    const [one, two] = [await connectRawHttp1(small.address), await connectRawHttp1(small.address)]
    await waitFor(() => small.gauges().connections === 2)
    const third = await connectRawHttp1(small.address)
    const response = await third.response()
    expect(response.status).toBe(503)
    expect(response.body.toString()).toContain("--max-connections-per-address")
    expect(small.refusals).toEqual(["max-connections-per-address"])
    one.destroy()
    await waitFor(() => small.gauges().connections === 1)
    const fourth = await connectRawHttp1(small.address)
    fourth.send(requestHead("/test.Raw/Ok", sized), hello)
    expect((await fourth.response()).status).toBe(200)
    for (const raw of [two, third, fourth]) raw.destroy()
    await expectAllZero(small)
    await small.close()
  })

  it("does not limit the address of a proxy", async () => {
    const small = await startBridge({ upstream: scene.backend.url, maxConnectionsPerAddress: 1, isShared: () => true })
    const clients = await Promise.all([1, 2, 3].map(() => connectRawHttp1(small.address)))
    await waitFor(() => small.gauges().connections === 3)
    expect(small.refusals).toEqual([])
    for (const raw of clients) raw.destroy()
    await expectAllZero(small)
    await small.close()
  })
})

describe("a connection above the limits that keeps sending and never reads", () => {
  it("is closed although its refusal was not read", async () => {
    const small = await startBridge({ upstream: scene.backend.url, maxConnections: 1 })
    const first = await connectRawHttp1(small.address)
    await waitFor(() => small.gauges().connections === 1)
    const flood = await Promise.all(Array.from({ length: 200 }, () => connectRawHttp1(small.address)))
    for (const raw of flood) raw.send(requestHead("/test.Raw/Ok", ["transfer-encoding", "chunked"]), httpChunk(hello))
    await Promise.all(flood.map((raw) => raw.closed()))
    expect(small.refusals).toHaveLength(200)
    expect(small.gauges().connections).toBe(1)
    for (const raw of [first, ...flood]) raw.destroy()
    await small.drain()
    await small.close()
  })
})
