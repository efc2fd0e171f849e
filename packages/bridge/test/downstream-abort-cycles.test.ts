import type { Socket } from "node:net"
import { connect } from "node:net"
import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import {
  dataFrame,
  H2Code,
  headersFrame,
  resetFrame,
  settingsFrame,
  Type,
  webRequestFields,
} from "./support/h2-frames.ts"
import { neverAnswer } from "./support/handlers.ts"
import { connectRawClient, nextTurn } from "./support/raw-h2.ts"
import { requestHead } from "./support/raw-http1.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { expectAllZero } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { callWeb } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const hang = "/test.Cycle/Hang"
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
const sized = requestHead(hang, ["content-type", "application/grpc-web", "content-length", String(hello.length)])
const fields = webRequestFields(hang)

/** The bytes that a client sends before it leaves. */
const sayings: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.from(sized.slice(0, 40)),
  Buffer.from(sized),
  Buffer.concat([Buffer.from(sized), hello]),
  Buffer.concat([Buffer.from(sized), hello, Buffer.from(sized), hello]),
  preface.subarray(0, 12),
  Buffer.concat([preface, settingsFrame()]),
  Buffer.concat([preface, settingsFrame(), headersFrame(1, fields).subarray(0, 20)]),
  Buffer.concat([preface, settingsFrame(), headersFrame(1, fields), dataFrame(1, hello)]),
  Buffer.concat([preface, settingsFrame(), headersFrame(1, fields), resetFrame(1, H2Code.Cancel)]),
  Buffer.from("\u0016\u0003\u0001garbage\r\n\r\n"),
]

/** Ways for a client to leave. */
const leavings: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end(() => socket.destroy()),
]

/** No timer of the bridge ends what a client has left behind. */
const timeouts = { headTimeoutMs: 600_000, keepAliveTimeoutMs: 600_000 }

const scene = sceneForEachTest(
  {
    [hang]: neverAnswer,
    "/test.Cycle/Ok": async (call) => {
      await call.all()
      call.end()
    },
  },
  timeouts,
)

async function cycle(number: number): Promise<void> {
  const socket = connect(scene.bridge.port, "127.0.0.1")
  socket.on("error", () => {})
  await new Promise((resolve) => socket.once("connect", resolve))
  const saying = sayings[number % sayings.length]
  if (saying.length > 0) await new Promise((resolve) => socket.write(saying, resolve))
  if (number % 2 === 0) await nextTurn()
  leavings[Math.floor(number / sayings.length) % leavings.length](socket)
  if (!socket.destroyed) await new Promise((resolve) => socket.once("close", resolve))
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length
}

describe("clients that connect and leave", () => {
  it("C42: 2,000 of them, in every phase and manner, leave nothing behind", { timeout: 60_000 }, async () => {
    const before = openSockets()
    const total = 2_000
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < total) await cycle(next++)
    }
    await Promise.all(Array.from({ length: 32 }, worker))
    // The kernel delivers connections in order: when this one is served, all earlier ones were too.
    expect((await callWeb(scene.bridge.address, "http1", "/test.Cycle/Ok", hello)).code).toBe(Code.Ok)
    await expectAllZero(scene.bridge)
    await waitFor(() => scene.backend.openCalls === 0)
    expect(scene.bridge.crashes).toEqual([])
    expect(scene.bridge.cluster.isReachable).toBe(true)
    expect(scene.backend.calls.length).toBeGreaterThan(total / 20)
    await waitFor(() => openSockets() === before)
  })
})

describe("CVE-2023-44487: a client that opens streams and resets them at once", () => {
  it("loses its connection, and the backend sees a bounded number of calls, none of which stays", async () => {
    const client = await connectRawClient(scene.bridge.address)
    for (let id = 1; id < 20_000 && !client.isClosed; id += 2) {
      client.send(headersFrame(id, fields), resetFrame(id, H2Code.Cancel))
      if (id % 200 === 1) await nextTurn()
    }
    await waitFor(() => client.isClosed)
    expect(client.frames.filter(({ type }) => type === Type.Goaway).length).toBeGreaterThan(0)
    expect(scene.backend.calls.length).toBeLessThan(1_000)
    await waitFor(() => scene.backend.openCalls === 0)
    expect(await callWeb(scene.bridge.address, "http2", "/test.Cycle/Ok", hello)).toMatchObject({ code: Code.Ok })
    await expectAllZero(scene.bridge)
  })

  it("gets at most its 256 streams at a time", async () => {
    const client = await connectRawClient(scene.bridge.address)
    for (let id = 1; id < 600; id += 2) client.send(headersFrame(id, fields))
    await waitFor(() => client.frames.filter(({ type }) => type === Type.RstStream).length === 300 - 256)
    expect(await client.reset(599)).toBe(H2Code.RefusedStream)
    await waitFor(() => scene.backend.openCalls === 256)
    client.socket.destroy()
    await waitFor(() => scene.backend.openCalls === 0)
    await expectAllZero(scene.bridge)
  })
})
