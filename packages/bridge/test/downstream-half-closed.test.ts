import { connect as connectTcp } from "node:net"
import { connect as connectTls } from "node:tls"
import { describe, expect, it } from "vitest"
import { encodeFrame } from "@causeway/protocol"
import { selfSigned } from "./support/certificate.ts"
import { dataFrame, frame, goawayFrame, H2Code, headersFrame, Type, windowUpdateFrame } from "./support/h2-frames.ts"
import { nextTurn, RawPeer } from "./support/raw-h2.ts"
import type { RawPeerOptions } from "./support/raw-h2.ts"
import { grpcScene } from "./support/scene.ts"
import type { GrpcScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"

const certificate = await selfSigned()
const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const ping = frame(Type.Ping, 0, 0, Buffer.alloc(8))
const pseudo = [":method", "POST", ":scheme", "http", ":path", "/test.Service/Method", ":authority", "a"]
const head = (id: number): Buffer => headersFrame(id, [...pseudo, "content-type", "application/grpc-web"])

/** A bridge before a backend that repeats each message; no timer ends a connection before a test times out. */
function echoScene(settings: Partial<Parameters<typeof grpcScene>[1]> = {}): Promise<GrpcScene> {
  return grpcScene(
    async (call) => {
      for await (const message of call.messages) call.message(message)
      call.end()
    },
    { headTimeoutMs: 600_000, keepAliveTimeoutMs: 600_000, ...settings },
  )
}

/** An HTTP/2 client that never closes its own side, whatever it receives. */
async function stubborn({ bridge }: GrpcScene, isTls: boolean, options: RawPeerOptions = {}): Promise<RawPeer> {
  const tcp = { port: bridge.port, host: "127.0.0.1", allowHalfOpen: true }
  const tls = { ...tcp, ca: certificate.cert, ALPNProtocols: ["h2"] }
  const socket = isTls ? connectTls(tls) : connectTcp(tcp)
  await new Promise((resolve) => socket.once(isTls ? "secureConnect" : "connect", resolve))
  const client = new RawPeer(socket, "client", options)
  await client.frame(Type.Settings, 0)
  return client
}

/** Expects the end within a few seconds: less than the grace time and every other limit of this bridge. */
async function expectEnd(scene: GrpcScene, ...clients: readonly RawPeer[]): Promise<void> {
  await waitFor(() => scene.bridge.gauges().connections === 0, { timeoutMs: 8_000 })
  for (const { socket } of clients) socket.destroy()
}

describe.each([false, true])("HTTP/2 connections whose clients never close their side (TLS: %s)", (isTls) => {
  const settings = isTls ? { tls: certificate } : {}

  it("end soon after the GOAWAY of a drain: idle, unread, with PING or new streams that keep coming", async () => {
    const scene = await echoScene(settings)
    const idle = await stubborn(scene, isTls)
    const unread = await stubborn(scene, isTls)
    unread.socket.pause()
    const pinging = await stubborn(scene, isTls)
    const calling = await stubborn(scene, isTls)
    void scene.bridge.drain()
    let id = 1
    const timer = setInterval(() => {
      pinging.send(ping)
      calling.send(head(id))
      id += 2
    }, 10)
    await expectEnd(scene, idle, unread, pinging, calling)
    clearInterval(timer)
    for (const client of [idle, pinging, calling]) await client.frame(Type.Goaway, 0)
  })

  it("end soon after their last calls, which a drain has let finish", async () => {
    const scene = await echoScene(settings)
    const client = await stubborn(scene, isTls)
    client.send(head(1), dataFrame(1, hello))
    await client.frame(Type.Data, 1)
    void scene.bridge.drain()
    await client.frame(Type.Goaway, 0)
    client.send(dataFrame(1, hello, true))
    await waitFor(() => client.hasEnded(1))
    expect(client.body(1).subarray(0, 2 * hello.length)).toEqual(Buffer.concat([hello, hello]))
    await expectEnd(scene, client)
  })

  it("end soon after the keep-alive time, or after their own GOAWAY, without any drain", async () => {
    const scene = await echoScene({ ...settings, keepAliveTimeoutMs: 50, headTimeoutMs: 1_000 })
    const idle = await stubborn(scene, isTls)
    const leaving = await stubborn(scene, isTls)
    leaving.send(goawayFrame(0, H2Code.NoError))
    await expectEnd(scene, idle, leaving)
  })
})

describe("a finished answer that waits for its client's window", () => {
  it("may still be sent while the bridge drains, and its connection ends soon afterwards", async () => {
    const scene = await echoScene()
    const noWindow = [[4, 0]] as const // SETTINGS_INITIAL_WINDOW_SIZE
    const client = await stubborn(scene, false, { settings: noWindow, grantsWindow: false })
    client.send(head(1), dataFrame(1, hello, true))
    await client.frame(Type.Headers, 1)
    void scene.bridge.drain()
    await client.frame(Type.Goaway, 0)
    for (let turn = 0; turn < 5; turn++) await nextTurn()
    expect(scene.bridge.gauges()).toMatchObject({ stalls: 1, connections: 1 })
    client.send(windowUpdateFrame(1, 65_535))
    await waitFor(() => client.hasEnded(1))
    await expectEnd(scene, client)
  })

  it("is cut with everything else when the grace time is over", async () => {
    const scene = await echoScene()
    const client = await stubborn(scene, false, { settings: [[4, 0]], grantsWindow: false })
    client.send(head(1), dataFrame(1, hello, true))
    await client.frame(Type.Headers, 1)
    void scene.bridge.drain()
    await client.frame(Type.Goaway, 0)
    scene.bridge.listener.destroy()
    await expectEnd(scene, client)
  })
})
