import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { dataFrame, Flag, frame, headersFrame, Type, webRequestFields } from "./support/h2-frames.ts"
import { echoEach } from "./support/handlers.ts"
import { connectRawClient, nextTurn } from "./support/raw-h2.ts"
import { connectRawHttp1, requestHead, valueOf } from "./support/raw-http1.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { codec } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { carriers, openWebCall, readReply } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const sized = ["content-type", "application/grpc-web", "content-length", String(hello.length)]
const each = "/test.Drain/Each"
const fields = webRequestFields(each)

// No timer closes a connection before its test times out.
const scene = sceneForEachTest(
  {
    [each]: echoEach,
  },
  { headTimeoutMs: 600_000, keepAliveTimeoutMs: 600_000 },
)

describe("a bridge that drains", () => {
  it.each(carriers)("lets an open call over %s finish, and then closes its connection", async (carrier) => {
    const call = await openWebCall(scene.bridge.address, carrier, each)
    call.write(hello)
    await waitFor(() => call.received().length === hello.length)
    let isDrained = false
    const drained = scene.bridge.drain().then(() => (isDrained = true))
    call.write(hello)
    await waitFor(() => call.received().length === 2 * hello.length)
    expect(isDrained).toBe(false)
    call.end()
    expect(await call.reply()).toMatchObject({ code: Code.Ok, messages: ["hello", "hello"] })
    await drained
    await waitFor(() => scene.bridge.gauges().connections === 0)
  })

  it("closes at once every idle connection: new, kept alive, or in the middle of a preface", async () => {
    const silent = await connectRawHttp1(scene.bridge.address)
    const half = await connectRawHttp1(scene.bridge.address)
    half.send("PRI * HT")
    const kept = await connectRawHttp1(scene.bridge.address)
    kept.send(requestHead(each, sized), hello)
    await kept.response()
    const idle = await connectRawClient(scene.bridge.address)
    await idle.frame(Type.Settings, 0)
    await waitFor(() => scene.bridge.gauges().connections === 4)
    await scene.bridge.drain()
    for (const raw of [silent, half, kept]) await raw.closed()
    await waitFor(() => idle.isClosed)
  })

  it("takes no new connection", async () => {
    const call = await openWebCall(scene.bridge.address, "http1", each)
    call.write(hello)
    await waitFor(() => call.received().length === hello.length)
    const drained = scene.bridge.drain()
    await expect(connectRawHttp1(scene.bridge.address)).rejects.toThrow("ECONNREFUSED")
    call.end()
    await drained
  })

  it("announces in the answer over HTTP/1.1 that the connection closes", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(each, sized))
    await waitFor(() => scene.bridge.gauges().calls === 1)
    const drained = scene.bridge.drain()
    raw.send(hello)
    const response = await raw.response()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.Ok, messages: ["hello"] })
    expect(valueOf(response.fields, "connection")).toBe("close")
    await drained
  })

  it("answers UNAVAILABLE to a call whose head is still arriving, so that another instance may serve it", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    const head = requestHead(each, [...sized, "origin", "https://app.example"])
    raw.send(head.slice(0, 30))
    await waitFor(() => scene.bridge.gauges().connections === 1)
    for (let turn = 0; turn < 3; turn++) await nextTurn()
    const drained = scene.bridge.drain()
    raw.send(head.slice(30), hello)
    const response = await raw.response()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.Unavailable, reason: "draining" })
    expect(valueOf(response.fields, "access-control-allow-origin")).toBe("https://app.example")
    expect(valueOf(response.fields, "connection")).toBe("close")
    await drained
  })

  it("lets pipelined calls finish before it announces that the connection closes", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(each, sized), hello.subarray(0, 4))
    await waitFor(() => scene.bridge.gauges().calls === 1)
    const drained = scene.bridge.drain()
    raw.send(hello.subarray(4), requestHead(each, sized), hello)
    const first = await raw.response()
    const second = await raw.response()
    expect(readReply(first, first.body).code).toBe(Code.Ok)
    expect(readReply(second, second.body).reason).toBe("draining")
    await drained
  })

  it.runIf(codec === "causeway")(
    "RFC 9113 §6.8: first asks an HTTP/2 client for no further stream, and serves one that was on its way",
    async () => {
      const client = await connectRawClient(scene.bridge.address, { answersPings: false })
      client.send(headersFrame(1, fields), dataFrame(1, hello))
      await client.frame(Type.Data, 1)
      const drained = scene.bridge.drain()
      const goaway = await client.frame(Type.Goaway, 0)
      expect(goaway.payload).toEqual(Buffer.of(0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0))
      const ping = await client.frame(Type.Ping, 0)
      client.send(headersFrame(3, fields), frame(Type.Ping, Flag.Ack, 0, ping.payload))
      const lastGoaway = (): Buffer | undefined => client.frames.filter(({ type }) => type === Type.Goaway)[1]?.payload
      await waitFor(() => lastGoaway() !== undefined)
      expect(lastGoaway()).toEqual(Buffer.of(0, 0, 0, 3, 0, 0, 0, 0))
      client.send(headersFrame(5, fields, true), dataFrame(1, hello, true), dataFrame(3, hello, true))
      await waitFor(() => client.hasEnded(1) && client.hasEnded(3))
      await drained
      await waitFor(() => client.isClosed)
      expect(client.body(1).subarray(0, 2 * hello.length)).toEqual(Buffer.concat([hello, hello]))
      expect(scene.bridge.records.length).toBe(2)
    },
  )

  it.runIf(codec === "node")(
    "RFC 9113 §6.8: tells an HTTP/2 client the last stream that it serves, and serves it to its end",
    async () => {
      const client = await connectRawClient(scene.bridge.address)
      client.send(headersFrame(1, fields), dataFrame(1, hello))
      await client.frame(Type.Data, 1)
      const drained = scene.bridge.drain()
      const goaway = await client.frame(Type.Goaway, 0)
      expect(goaway.payload).toEqual(Buffer.of(0, 0, 0, 1, 0, 0, 0, 0))
      client.send(headersFrame(3, fields, true), dataFrame(1, hello, true))
      await waitFor(() => client.hasEnded(1))
      await drained
      await waitFor(() => client.isClosed)
      expect(client.body(1).subarray(0, 2 * hello.length)).toEqual(Buffer.concat([hello, hello]))
      expect(scene.bridge.records.length).toBe(1)
    },
  )

  it("does not wait for an HTTP/2 client that sends nothing more", async () => {
    const client = await connectRawClient(scene.bridge.address, { answersPings: false })
    await client.frame(Type.Settings, 0)
    await scene.bridge.drain()
    await waitFor(() => client.isClosed)
  })
})
