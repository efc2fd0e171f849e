import { connect } from "node:http2"
import { afterEach, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { H2Code, headersFrame, Setting, Type } from "./support/h2-frames.ts"
import { connectRawClient, startRawBackend } from "./support/raw-h2.ts"
import { connectRawHttp1, requestHead } from "./support/raw-http1.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { carriers, openHttp2WebCall, openWebCall } from "./support/web-call.ts"

const hello = encodeFrame(0, Buffer.from("hello"))
const mebibyte = 1 << 20

let bridge: Bridge
let backend: { close(): Promise<void> }

afterEach(async () => {
  await expectAllZero(bridge)
  expect(bridge.crashes).toEqual([])
  await bridge.close()
  await backend.close()
})

/** A backend that sends messages of 64 KiB while the bridge reads them, and counts them. */
async function startTap(): Promise<GrpcBackend & { sent: number }> {
  const tap = { sent: 0 }
  const started = await startGrpcBackend({
    "/test.Tap/Open": async (call) => {
      while (!call.stream.destroyed) {
        tap.sent += 65_536
        if (!call.message(Buffer.alloc(65_531))) await call.drained()
      }
    },
    "/test.Tap/Large": (call) => {
      call.message(Buffer.alloc(12 * mebibyte))
      call.end()
    },
    "/test.Tap/Ok": async (call) => {
      await call.all()
      call.message("reply")
      call.end()
    },
  })
  return Object.defineProperty(started as GrpcBackend & { sent: number }, "sent", { get: () => tap.sent })
}

describe.each(carriers)("an upload over %s that the backend does not read", (carrier) => {
  it("is held back after few bytes, and ended as UNAVAILABLE when the stall lasts", async () => {
    const raw = await startRawBackend(undefined, { grantsWindow: false })
    backend = raw
    bridge = await startBridge({ upstream: raw.url, stallTimeoutMs: 300, maxRequestMessageBytes: 64 * mebibyte })
    const peer = await raw.peer(1)
    const call = await openWebCall(bridge.address, carrier, "/test.Slow/Backend")
    call.write(encodeFrame(0, Buffer.alloc(48 * mebibyte)).subarray(0, 5))
    for (let i = 0; i < 48; i++) call.write(Buffer.alloc(mebibyte))
    const stream = await peer.stream(1)
    expect(await peer.reset(stream)).toBe(H2Code.Cancel)
    expect(peer.body(stream).length).toBe(65_535)
    await waitFor(() => bridge.records.length === 1)
    expect(bridge.records[0]).toMatchObject({ code: Code.Unavailable, error: { reason: "slow-backend" } })
    expect(bridge.records[0].requestBytes).toBeLessThan(mebibyte)
    call.close()
  })
})

describe.each(carriers)("an upload over %s", (carrier) => {
  it("that stops inside a message is ended when the stall lasts, but one that is only slow goes on", async () => {
    const tap = await startTap()
    backend = tap
    bridge = await startBridge({ upstream: tap.url, stallTimeoutMs: 300 })
    const stopped = await openWebCall(bridge.address, carrier, "/test.Tap/Ok")
    stopped.write(hello.subarray(0, 6))
    const bytes = encodeFrame(0, Buffer.alloc(500_000))
    const slow = await openWebCall(bridge.address, carrier, "/test.Tap/Ok")
    let sent = 400_000
    slow.write(bytes.subarray(0, sent)) // which earn 50 s
    const drip = setInterval(() => slow.write(bytes.subarray(sent, ++sent)), 20)
    expect(await stopped.reply()).toMatchObject({ code: Code.ResourceExhausted, reason: "slow-upload" })
    clearInterval(drip)
    slow.end(bytes.subarray(sent))
    expect(await slow.reply()).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    stopped.close()
    slow.close()
  })

  it("that rests between messages goes on", async () => {
    const tap = await startTap()
    backend = tap
    bridge = await startBridge({ upstream: tap.url, stallTimeoutMs: 300 })
    const resting = await openWebCall(bridge.address, carrier, "/test.Tap/Ok")
    resting.write(hello)
    const stopped = await openWebCall(bridge.address, carrier, "/test.Tap/Ok")
    stopped.write(hello.subarray(0, 1))
    expect(await stopped.reply()).toMatchObject({ reason: "slow-upload" })
    resting.end(hello)
    expect(await resting.reply()).toMatchObject({ code: Code.Ok })
    stopped.close()
    resting.close()
  })
})

describe.each(carriers)("a reader over %s that stops reading", (carrier) => {
  it("holds the backend back, and loses its call when the stall lasts", async () => {
    const tap = await startTap()
    backend = tap
    bridge = await startBridge({ upstream: tap.url, stallTimeoutMs: 300 })
    const call = await openWebCall(bridge.address, carrier, "/test.Tap/Open")
    call.end(hello)
    await call.head()
    call.pause()
    expect(await tap.calls[0].closed).toBe(H2Code.Cancel)
    expect(tap.sent).toBeLessThan(32 * mebibyte) // the size of the kernel's buffers on loopback, and little more
    expect(bridge.records[0]).toMatchObject({ code: Code.ResourceExhausted, error: { reason: "slow-reader" } })
    // The client does not read the status either: a second stall ends that wait.
    if (carrier === "http1") await waitFor(() => bridge.gauges().connections === 0)
    await waitFor(() => bridge.gauges().stalls === 0)
    call.close()
  })
})

describe.each(carriers)("a reader over %s that leaves with its answer unread", (carrier) => {
  it("leaves nothing behind, and the backend sees CANCEL", async () => {
    const tap = await startTap()
    backend = tap
    bridge = await startBridge({ upstream: tap.url })
    const call = await openWebCall(bridge.address, carrier, "/test.Tap/Open")
    call.end(hello)
    await call.head()
    call.pause()
    await waitFor(() => bridge.gauges().stalls === 1)
    call.close()
    expect(await tap.calls[0].closed).toBe(H2Code.Cancel)
    await waitFor(() => bridge.gauges().stalls === 0)
  })
})

describe("an answer that is complete but not read", () => {
  it("is cut over HTTP/1.1 when the stall lasts", async () => {
    const tap = await startTap()
    backend = tap
    bridge = await startBridge({ upstream: tap.url, stallTimeoutMs: 300, maxReplyMessageBytes: 16 * mebibyte })
    const raw = await connectRawHttp1(bridge.address)
    raw.socket.pause()
    raw.send(
      requestHead("/test.Tap/Large", ["content-type", "application/grpc-web", "content-length", String(hello.length)]),
    )
    raw.send(hello)
    await waitFor(() => bridge.gauges().stalls === 1)
    await waitFor(() => bridge.gauges().connections === 0)
    raw.destroy()
  })

  it("is reset over HTTP/2 when the stall lasts, and never looks complete", async () => {
    const tap = await startTap()
    backend = tap
    bridge = await startBridge({ upstream: tap.url, stallTimeoutMs: 300, maxReplyMessageBytes: 16 * mebibyte })
    const client = await connectRawClient(bridge.address, { grantsWindow: false })
    const target = [":method", "POST", ":scheme", "http", ":path", "/test.Tap/Large", ":authority", "a"]
    client.send(headersFrame(1, [...target, "content-type", "application/grpc-web"], true))
    expect(await client.reset(1)).toBe(H2Code.InternalError)
    expect(client.hasEnded(1)).toBe(false)
    expect(client.body(1).length).toBe(65_535)
    client.socket.destroy()
  })

  it("does not delay other calls on its connection, over HTTP/2", async () => {
    const tap = await startTap()
    backend = tap
    bridge = await startBridge({ upstream: tap.url })
    const session = connect(bridge.address)
    const stalled = openHttp2WebCall(session, "/test.Tap/Open", ["content-type", "application/grpc-web"])
    stalled.end(hello)
    await stalled.head()
    stalled.pause()
    await waitFor(() => bridge.gauges().stalls === 1)
    for (let i = 0; i < 20; i++) {
      const call = openHttp2WebCall(session, "/test.Tap/Ok", ["content-type", "application/grpc-web"])
      call.end(hello)
      expect((await call.reply()).messages).toEqual(["reply"])
    }
    expect(tap.accepted).toBe(1)
    stalled.cancel()
    expect(await tap.calls[0].closed).toBe(H2Code.Cancel)
    session.destroy()
  })

  it("to a refused request does not hold its stream for ever either", async () => {
    const tap = await startTap()
    backend = tap
    bridge = await startBridge({ upstream: tap.url, stallTimeoutMs: 300 })
    const client = await connectRawClient(bridge.address, { settings: [[Setting.InitialWindowSize, 0]] })
    client.send(headersFrame(1, [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"], true))
    await client.frame(Type.Headers, 1)
    await client.reset(1)
    client.socket.destroy()
  })
})
