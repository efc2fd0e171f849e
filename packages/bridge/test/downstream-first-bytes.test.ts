import { connect as connectTcp } from "node:net"
import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { frame, headersFrame, settingsFrame, Type, webRequestFields } from "./support/h2-frames.ts"
import { sendReply, stayOpen } from "./support/handlers.ts"
import { connectRawClient, nextTurn } from "./support/raw-h2.ts"
import type { RawHttp1 } from "./support/raw-http1.ts"
import { connectRawHttp1, requestHead } from "./support/raw-http1.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { callWeb } from "./support/web-call.ts"

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))

const scene = sceneForEachTest(
  {
    "/test.First/Ok": sendReply,
    "/test.First/Stay": stayOpen,
  },
  { headTimeoutMs: 300, keepAliveTimeoutMs: 900 },
)

async function expectStillServing(): Promise<void> {
  expect((await callWeb(scene.bridge.address, "http1", "/test.First/Ok", hello)).code).toBe(Code.Ok)
}

describe("the first bytes of a connection", () => {
  it("may be an HTTP/2 preface that comes one byte at a time", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    for (const byte of preface) {
      raw.send(byte)
      await nextTurn()
    }
    raw.send(settingsFrame())
    await waitFor(() => raw.unread.length >= 9)
    expect(raw.unread[3]).toBe(Type.Settings)
    raw.destroy()
  })

  it("may be HTTP/1.1 that begins like the preface, and comes one byte at a time", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    for (const byte of requestHead("/test.First/Ok", [
      "content-type",
      "application/grpc-web",
      "content-length",
      "10",
    ])) {
      raw.send(byte)
      await nextTurn()
    }
    raw.send(hello)
    expect((await raw.response()).status).toBe(200)
    raw.destroy()
  })

  it.each([
    ["nothing", ""],
    ["a part of the preface", preface.slice(0, 10)],
    ["the whole preface and no more", preface],
    ["the beginning of an HTTP/1.1 head", "POST /test.First/Ok HTTP/1.1\r\nHost: a\r\n"],
  ])("have the time of a head at most: %s", async (_what, bytes) => {
    const raw = await connectRawHttp1(scene.bridge.address)
    const since = performance.now()
    raw.send(bytes)
    await raw.closed(3_000)
    expect(performance.now() - since).toBeGreaterThan(250)
    await expectStillServing()
  })

  it("are no longer awaited once the client closes its side", async () => {
    const patient = await startBridge({ upstream: scene.backend.url, headTimeoutMs: 600_000 })
    const raw = await connectRawHttp1(patient.address)
    raw.send("PRI * HT")
    raw.socket.end()
    await waitFor(() => patient.accepted === 1 && patient.gauges().connections === 0)
    await patient.close()
  })

  it.each([
    ["a TLS hello", Buffer.from("160301020001000001fc0303", "hex")],
    ["words", Buffer.from("EHLO mail.example\r\n\r\n")],
    ["zeros", Buffer.alloc(64)],
    ["a preface with a wrong end", Buffer.from(preface.replace("SM", "XM"))],
    ["SSH", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")],
  ])("of another protocol are answered 400 and the connection closes: %s", async (_what, bytes) => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(bytes)
    const response = await raw.response()
    // The preface of HTTP/2 begins with a request line, whose version is another.
    const isPreface = bytes.toString().startsWith("PRI") && response.status === 505
    if (!isPreface) expect(response.status).toBe(400)
    expect(response.body.toString()).toContain(isPreface ? "a version other than" : "could not be read as HTTP/1.1")
    await raw.closed()
  })
})

describe("heads that come too slowly", () => {
  it("end their connection over HTTP/1.1, while another client is served", async () => {
    const slow: RawHttp1[] = []
    for (let i = 0; i < 200; i++) {
      const raw = await connectRawHttp1(scene.bridge.address)
      raw.send("POST /test.First/Ok HTTP/1.1\r\nHost: a\r\nx-a: ")
      slow.push(raw)
    }
    const drip = setInterval(() => slow.forEach((raw) => raw.send("x")), 50)
    await expectStillServing()
    await waitFor(() => slow.every((raw) => raw.isClosed))
    clearInterval(drip)
    for (const raw of slow) expect(raw.unread.toString()).toContain("408 Request Timeout")
    slow.forEach((raw) => raw.destroy())
  })

  it("end their connection over HTTP/2 when a HEADERS frame never ends", async () => {
    const client = await connectRawClient(scene.bridge.address)
    const whole = headersFrame(1, [":method", "POST", ":scheme", "http", ":path", "/a.B/C", ":authority", "a"])
    client.send(frame(Type.Headers, 0, 1, whole.subarray(9)))
    await waitFor(() => client.isClosed, { timeoutMs: 3_000 })
  })
})

describe("a connection without calls", () => {
  it("is closed after the keep-alive time over HTTP/2, with GOAWAY, and not before", async () => {
    const client = await connectRawClient(scene.bridge.address)
    const fields = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"]
    client.send(headersFrame(1, fields, true))
    await client.frame(Type.Headers, 1)
    const since = performance.now()
    await waitFor(() => client.isClosed)
    expect(performance.now() - since).toBeGreaterThan(850)
    expect(client.frames.some(({ type }) => type === Type.Goaway)).toBe(true)
  })

  it("C41: does not mean a connection with a silent stream", async () => {
    const client = await connectRawClient(scene.bridge.address)
    client.send(headersFrame(1, webRequestFields("/test.First/Stay")))
    await client.frame(Type.Data, 1)
    const idle = await connectRawClient(scene.bridge.address)
    idle.send(headersFrame(1, [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"], true))
    await waitFor(() => idle.isClosed)
    expect(client.isClosed).toBe(false)
    client.socket.destroy()
  })
})

describe("the limit of connections", () => {
  it("refuses further connections, and accepts again when there is room", async () => {
    const small = await startBridge({ upstream: scene.backend.url, maxConnections: 2 })
    const [one, two] = [await connectRawHttp1(small.address), await connectRawHttp1(small.address)]
    await waitFor(() => small.gauges().connections === 2)
    const third = await connectRawHttp1(small.address)
    await third.closed()
    expect(small.refusals).toEqual(["max-connections"])
    one.destroy()
    await waitFor(() => small.gauges().connections === 1)
    expect((await callWeb(small.address, "http1", "/test.First/Ok", hello)).code).toBe(Code.Ok)
    two.destroy()
    await expectAllZero(small)
    await small.close()
  })

  it("is not used up by connections that were reset before any byte", async () => {
    const patient = await startBridge({ upstream: scene.backend.url, headTimeoutMs: 600_000 })
    for (let i = 0; i < 50; i++) {
      const socket = connectTcp(patient.port, "127.0.0.1")
      await new Promise((resolve) => socket.once("connect", resolve))
      socket.resetAndDestroy()
    }
    await waitFor(() => patient.accepted === 50 && patient.gauges().connections === 0)
    await patient.close()
  })
})
