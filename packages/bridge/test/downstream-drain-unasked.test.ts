import type { ClientHttp2Session } from "node:http2"
import { connect as connectH2 } from "node:http2"
import type { Socket } from "node:net"
import { connect as connectTcp } from "node:net"
import { connect as connectTls } from "node:tls"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { selfSigned } from "./support/certificate.ts"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { frame, headersFrame, Type } from "./support/h2-frames.ts"
import { connectRawClient, nextTurn } from "./support/raw-h2.ts"
import { connectRawHttp1, httpChunk, requestHead, valueOf } from "./support/raw-http1.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const path = "/test.Drain/Each"
const certificate = await selfSigned()

let backend: GrpcBackend

beforeEach(async () => {
  backend = await startGrpcBackend({
    [path]: async (call) => {
      for await (const message of call.messages) call.message(message)
      call.end()
    },
    "/test.Drain/Refuse": (call) => call.statusOnly(7, "no"),
  })
})

afterEach(() => backend.close())

async function start(isTls: boolean): Promise<Bridge> {
  // With these limits a drain that waited for a head's time limit would fail the test.
  const bridge = await startBridge({
    upstream: backend.url,
    headTimeoutMs: 60_000,
    ...(isTls ? { tls: certificate } : {}),
  })
  await waitFor(() => bridge.cluster.isReachable)
  return bridge
}

/** Expects the drain to end within a few seconds, whatever the grace time. */
async function expectDrained(bridge: Bridge, drained: Promise<void>): Promise<void> {
  let isDrained = false
  void drained.then(() => (isDrained = true))
  await waitFor(() => isDrained, { timeoutMs: 6_000 })
  await expectAllZero(bridge)
  expect(bridge.crashes).toEqual([])
  await bridge.close()
}

async function tcp({ port }: Bridge): Promise<Socket> {
  const socket = connectTcp(port, "127.0.0.1")
  socket.on("error", () => {})
  await new Promise((resolve) => socket.once("connect", resolve))
  return socket
}

describe("a drain is not delayed by", () => {
  it("a silent TLS connection that agreed on http/1.1", async () => {
    const bridge = await start(true)
    const raw = await connectRawHttp1(bridge.address, certificate.cert)
    await waitFor(() => bridge.gauges().connections === 1)
    await expectDrained(bridge, bridge.drain())
    await raw.closed()
  })

  it("a TLS connection whose handshake never begins", async () => {
    const bridge = await start(true)
    const socket = await tcp(bridge)
    await waitFor(() => bridge.gauges().connections === 1)
    await expectDrained(bridge, bridge.drain())
    socket.destroy()
  })

  it.each([false, true])("the beginning of a head, which is answered 408 (TLS: %s)", async (isTls) => {
    const bridge = await start(isTls)
    const raw = await connectRawHttp1(bridge.address, certificate.cert)
    raw.send(requestHead(path, ["content-type", "application/grpc-web"]).slice(0, 40))
    for (let turn = 0; turn < 5; turn++) await nextTurn() // the bridge has read it
    await expectDrained(bridge, bridge.drain())
    expect((await raw.response()).status).toBe(408)
    await raw.closed()
  })

  it("the beginning of a head over HTTP/2", async () => {
    const bridge = await start(false)
    const client = await connectRawClient(bridge.address)
    const whole = headersFrame(1, [":method", "POST", ":scheme", "http", ":path", path, ":authority", "a"])
    client.send(frame(Type.Headers, 0, 1, whole.subarray(9)))
    await client.frame(Type.Settings, 0)
    await expectDrained(bridge, bridge.drain())
    await waitFor(() => client.isClosed)
  })

  it.each(["h2", "http/1.1"])("a TLS handshake for %s that ends after the drain began", async (protocol) => {
    const bridge = await start(true)
    const socket = await tcp(bridge)
    await waitFor(() => bridge.gauges().connections === 1)
    const drained = bridge.drain()
    const tls = connectTls({ socket, ca: certificate.cert, host: "127.0.0.1", ALPNProtocols: [protocol] })
    tls.on("error", () => {})
    await new Promise((resolve) => tls.once("secureConnect", resolve))
    let session: ClientHttp2Session | null = null
    if (protocol === "h2") {
      session = connectH2(bridge.address, { createConnection: () => tls })
      session.on("error", () => {})
    }
    await expectDrained(bridge, drained)
    session?.destroy()
    tls.destroy()
  })

  it("the upload of a client that has its answer and still sends, however slowly", async () => {
    const bridge = await start(false)
    const raw = await connectRawHttp1(bridge.address)
    raw.send(
      requestHead("/test.Drain/Refuse", ["content-type", "application/grpc-web", "transfer-encoding", "chunked"]),
      httpChunk(hello),
    )
    expect(valueOf((await raw.response()).fields, "grpc-status")).toBe(String(Code.PermissionDenied))
    const drip = setInterval(() => raw.send(httpChunk(Buffer.of(0))), 20)
    await expectDrained(bridge, bridge.drain())
    clearInterval(drip)
    await raw.closed()
    expect(raw.unread.length).toBe(0)
  })
})
