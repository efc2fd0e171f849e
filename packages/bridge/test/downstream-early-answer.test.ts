import { connect } from "node:http2"
import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { dataFrame, H2Code, headersFrame, Type, webRequestFields } from "./support/h2-frames.ts"
import { neverAnswer, sendReply, stayOpen } from "./support/handlers.ts"
import { connectRawClient } from "./support/raw-h2.ts"
import type { Http1Response, RawHttp1 } from "./support/raw-http1.ts"
import { connectRawHttp1, httpChunk, requestHead, valueOf } from "./support/raw-http1.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { pipelining } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { openHttp2WebCall, readReply } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const badFrame = Buffer.of(9)
const path = "/test.Early/Ok"
const chunked = ["content-type", "application/grpc-web", "transfer-encoding", "chunked"]
const h2Fields = webRequestFields(path)
const sized = ["content-type", "application/grpc-web", "content-length", String(hello.length)]

const scene = sceneForEachTest({
  [path]: sendReply,
  "/test.Early/Refuse": (call) => call.statusOnly(7, "no"),
  "/test.Early/Stay": stayOpen,
  "/test.Early/Hang": neverAnswer,
  "/test.Early/Slow": async (call) => {
    await call.all()
    call.stream.session?.ping(() => {
      call.message("slow")
      call.end()
    })
  },
})

/** Sends 32.5 MiB and then a byte a second, so that silence does not end the connection. Resolves when the bridge closes it. */
async function sendUntilCut(raw: RawHttp1): Promise<void> {
  for (let i = 0; i < 520; i++) raw.send(httpChunk(Buffer.alloc(65_536)))
  const drip = setInterval(() => raw.send(httpChunk(Buffer.alloc(1))), 1_000)
  await waitFor(() => raw.socket.destroyed).finally(() => clearInterval(drip))
}

describe("an answer that comes before the upload has ended, over HTTP/1.1,", () => {
  it.each([
    ["an error of the bridge's own", path, chunked, badFrame, Code.Internal],
    ["a status of the backend", "/test.Early/Refuse", chunked, hello, Code.PermissionDenied],
    ["a refusal", path, ["content-type", "text/plain", "transfer-encoding", "chunked"], hello, Code.Unknown],
    ["a preflight's", path, [], Buffer.alloc(0), null],
  ])("leaves the connection usable for the next call: %s", async (what, target, fields, first, code) => {
    const raw = await connectRawHttp1(scene.bridge.address)
    const head = requestHead(target, fields)
    if (what === "a preflight's") {
      const lines =
        "origin: https://app.example\r\naccess-control-request-method: POST\r\ntransfer-encoding: chunked\r\n\r\n"
      raw.send(head.replace("POST", "OPTIONS").replace(/\r\n$/, lines))
    } else raw.send(head, httpChunk(first))
    const early = await raw.response()
    expect(valueOf(early.fields, "grpc-status")).toBe(code === null ? null : String(code))
    for (let i = 0; i < 10; i++) raw.send(httpChunk(Buffer.alloc(65_536)))
    raw.send(httpChunk(Buffer.alloc(0)), requestHead(path, sized), hello)
    const next = await raw.response()
    expect(readReply(next, next.body)).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    expect(scene.bridge.accepted).toBe(1)
    raw.destroy()
  })

  it("can be read by a client that sends 20 MiB first", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(path, chunked), httpChunk(badFrame))
    for (let i = 0; i < 320; i++) raw.send(httpChunk(Buffer.alloc(65_536)))
    raw.send(httpChunk(Buffer.alloc(0)))
    expect(valueOf((await raw.response()).fields, "grpc-status")).toBe(String(Code.Internal))
    raw.send(requestHead(path, sized), hello)
    expect(await raw.response()).toMatchObject({ status: 200 })
    raw.destroy()
  })

  it("closes the connection when more than 32 MiB of the upload follow", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(path, chunked), httpChunk(badFrame))
    expect(valueOf((await raw.response()).fields, "grpc-status")).toBe(String(Code.Internal))
    await sendUntilCut(raw)
  })
})

describe("an answer that comes before the upload has ended, where the connection closes,", () => {
  /** Sends all as nginx does to its upstream: the answer is read once all is sent, and an error before is a 502. */
  async function sendThenRead(head: string, bytes: number): Promise<Http1Response> {
    const raw = await connectRawHttp1(scene.bridge.address)
    let failure: Error | null = null
    raw.socket.pause().on("error", (error) => (failure = error))
    raw.send(head, badFrame)
    for (let sent = 1; sent < bytes; sent += 65_536) raw.send(Buffer.alloc(Math.min(65_536, bytes - sent)))
    await waitFor(() => raw.socket.writableLength === 0 || failure !== null)
    expect(failure).toBeNull()
    raw.socket.resume()
    const response = await raw.response()
    await raw.closed()
    raw.destroy()
    return response
  }

  const upload = 8 * 1_048_576
  const fields = ["content-type", "application/grpc-web", "content-length", String(upload)]

  it.each([
    ["an error of the bridge's own over HTTP/1.0", requestHead(path, fields, "1.0"), Code.Internal],
    ["one over HTTP/1.1 with connection: close", requestHead(path, [...fields, "connection", "close"]), Code.Internal],
    [
      "a refusal of the origin",
      requestHead(path, [...fields, "origin", "https://elsewhere.example"], "1.0"),
      Code.PermissionDenied,
    ],
    ["a refusal for its shape", requestHead(path, [...fields, "host", "a", "host", "b"]), Code.Internal],
  ])("is read by a client that sends 8 MiB first: %s", async (_what, head, code) => {
    for (let i = 0; i < 5; i++) {
      const { fields: answered } = await sendThenRead(head, upload)
      expect(valueOf(answered, "grpc-status")).toBe(String(code))
    }
  })

  it("is still closed when more than 32 MiB follow", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.socket.allowHalfOpen = true // the bridge ends its side first
    raw.send(requestHead(path, [...chunked, "connection", "close"]), httpChunk(badFrame))
    expect(valueOf((await raw.response()).fields, "grpc-status")).toBe(String(Code.Internal))
    await sendUntilCut(raw)
  })

  it("is not followed by an answer to requests pipelined behind the upload", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(path, [...chunked, "connection", "close"]), httpChunk(badFrame))
    await raw.response()
    raw.send(httpChunk(Buffer.alloc(0)), requestHead(path, sized), hello)
    raw.socket.end()
    await waitFor(() => scene.bridge.gauges().connections === 0)
    expect(raw.unread.length).toBe(0)
    expect(scene.bridge.records.length).toBe(1)
  })
})

describe("an answer that comes before the upload has ended, over HTTP/2,", () => {
  it("leaves the connection usable for the next call", async () => {
    const session = connect(scene.bridge.address)
    const early = openHttp2WebCall(session, path, ["content-type", "application/grpc-web"])
    early.write(badFrame)
    await early.head()
    for (let i = 0; i < 10; i++) early.write(Buffer.alloc(65_536))
    early.end()
    expect(await early.reply()).toMatchObject({ code: Code.Internal })
    const next = openHttp2WebCall(session, path, ["content-type", "application/grpc-web"])
    next.end(hello)
    expect(await next.reply()).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    expect(scene.bridge.accepted).toBe(1)
    session.destroy()
  })

  it("resets the stream with NO_ERROR, after the answer, when more than 1 MiB of the upload follows", async () => {
    const client = await connectRawClient(scene.bridge.address)
    client.send(headersFrame(1, h2Fields), dataFrame(1, badFrame))
    await client.frame(Type.Headers, 1)
    // The bridge gives back window for dropped bytes; the raw client sends as fast as the window allows.
    let window = 65_534
    client.onFrame = (frame) => {
      if (frame.type === Type.WindowUpdate && frame.streamId === 1) window += frame.payload.readUInt32BE(0)
      for (; window >= 16_384; window -= 16_384) client.send(dataFrame(1, Buffer.alloc(16_384)))
    }
    client.onFrame({ type: Type.Ping, flags: 0, streamId: 0, payload: Buffer.alloc(8) })
    expect(await client.reset(1)).toBe(H2Code.NoError)
    expect(client.hasEnded(1)).toBe(true)
    expect(client.isClosed).toBe(false)
    client.socket.destroy()
  })
})

describe("an upload that is silent for 5 s after its answer", () => {
  it("is ended: HTTP/1.1 closes the connection, HTTP/2 resets the stream with NO_ERROR", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(path, chunked), httpChunk(badFrame))
    await raw.response()
    const client = await connectRawClient(scene.bridge.address)
    client.send(headersFrame(1, h2Fields), dataFrame(1, badFrame))
    await client.frame(Type.Headers, 1)
    const since = performance.now()
    await raw.closed(8_000)
    await waitFor(() => client.frames.some(({ type }) => type === Type.RstStream))
    expect(performance.now() - since).toBeGreaterThan(4_500)
    expect(await client.reset(1)).toBe(H2Code.NoError)
    client.socket.destroy()
  })
})

describe("pipelined requests", () => {
  const one = (target: string): string => `${requestHead(target, sized)}${hello.toString("latin1")}`

  it("are answered in order, the slow one first", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(one("/test.Early/Slow"), one(path), one("/test.Early/Refuse"), one(path))
    const codes: (number | null)[] = []
    for (let i = 0; i < 4; i++) {
      const response = await raw.response()
      codes.push(readReply(response, response.body).code)
    }
    expect(codes).toEqual([Code.Ok, Code.Ok, Code.PermissionDenied, Code.Ok])
    raw.destroy()
  })

  it("are not executed behind a malformed one", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(path, [...sized, "Host", "a", "Host", "b"]), hello, one(path), one(path))
    expect((await raw.response()).status).toBe(400)
    await raw.closed()
    expect(raw.unread.length).toBe(0)
    expect(scene.bridge.records.length).toBe(1)
    expect(scene.backend.calls).toEqual([])
  })

  it("are cut when there are many behind a malformed one, while a call before it goes on", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(one("/test.Early/Hang"), requestHead(path, [...sized, "Host", "a", "Host", "b"]), hello)
    const refused = pipelining === "at once" ? ["bad-request"] : []
    await waitFor(() => scene.bridge.records.length === refused.length && scene.backend.openCalls === 1)
    raw.send("GET / HTTP/1.1\r\n\r\n".repeat(pipelining === "at once" ? 17 : 4_000))
    await raw.closed()
    expect(scene.bridge.failures).toEqual(["pipelined"])
    await waitFor(() => scene.bridge.records.length === refused.length + 1)
    expect(scene.bridge.records.map(({ error }) => error?.reason)).toEqual([...refused, "client-gone"])
  })

  it.runIf(pipelining === "at once")(
    "are cut, without a refusal inside the answer, when garbage follows while an answer is being sent",
    async () => {
      const raw = await connectRawHttp1(scene.bridge.address)
      raw.send(one("/test.Early/Stay"))
      await raw.head()
      await raw.chunk()
      raw.send("GARBAGE\r\n\r\n")
      await raw.closed()
      expect(raw.unread.toString("latin1")).toBe("")
      await waitFor(() => scene.bridge.records.at(-1)?.error?.reason === "client-gone")
    },
  )

  it.runIf(pipelining === "one by one")("are refused with a 400 behind the answer when garbage follows", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(one("/test.Early/Slow"), "GARBAGE\r\n\r\n")
    const response = await raw.response()
    expect(readReply(response, response.body).code).toBe(Code.Ok)
    expect((await raw.response()).status).toBe(400)
    await raw.closed()
    expect(scene.bridge.records.length).toBe(1)
  })

  it.runIf(pipelining === "at once")(
    "are ended with a 400 when garbage follows before an answer has begun",
    async () => {
      const raw = await connectRawHttp1(scene.bridge.address)
      raw.send(one("/test.Early/Hang"), "GARBAGE\r\n\r\n")
      expect((await raw.response()).status).toBe(400)
      await raw.closed()
      await waitFor(() => scene.bridge.records.at(-1)?.error?.reason === "client-gone")
    },
  )
})
