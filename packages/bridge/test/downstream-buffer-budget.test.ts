import { encodeFrame } from "@causeway/protocol"
import { describe, expect, it, onTestFinished } from "vitest"
import { dataFrame, grpcMessage, headersFrame, Setting, Type } from "./support/h2-frames.ts"
import { callPage } from "./support/page-call.ts"
import type { RawPeer } from "./support/raw-h2.ts"
import { connectRawClient, nextTurn } from "./support/raw-h2.ts"
import { connectRawHttp1, requestHead } from "./support/raw-http1.ts"
import type { GrpcScene } from "./support/scene.ts"
import { grpcScene, rawScene } from "./support/scene.ts"
import { pipelining } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const kibibyte = 1 << 10
const budgetBytes = 4_096 * kibibyte
const replyBytes = 4_000 * kibibyte
const large = Buffer.alloc(replyBytes)
const path = "/test.Service/Method"
const target = [":method", "POST", ":scheme", "http", ":path", path, ":authority", "a"]
const webType = ["content-type", "application/grpc-web"]

/** A backend that answers "large" with 4 MB and other requests with two bytes, behind a bridge with a budget of 4 MiB. */
function largeReplies(): Promise<GrpcScene> {
  return grpcScene(
    async (call) => {
      const [first] = await call.all()
      call.message(Buffer.from(first).toString() === "large" ? large : "ok")
      call.end()
    },
    { maxBufferedBytes: budgetBytes },
  )
}

/** Makes one call after the other until stopped. Returns the code of each. */
function startNeighbour(address: string): () => Promise<(number | null)[]> {
  let isOver = false
  const codes: (number | null)[] = []
  const calls = (async () => {
    while (!isOver) codes.push((await callPage(address, { carrier: "http2", message: "small" })).code)
  })()
  return async () => {
    isOver = true
    await calls
    return codes
  }
}

/** Opens this many calls with large replies that can never leave: the client's stream window is 0. */
async function openWithoutWindow(address: string, calls: number): Promise<RawPeer> {
  const client = await connectRawClient(address, { settings: [[Setting.InitialWindowSize, 0]], grantsWindow: false })
  onTestFinished(() => void client.socket.destroy())
  for (let id = 1; id < 2 * calls; id += 2) {
    client.send(headersFrame(id, [...target, ...webType]), dataFrame(id, grpcMessage("large"), true))
  }
  return client
}

describe("memory held for clients that do not read", () => {
  it("stays within the budget, whatever a client with a window of 0 opens; other calls lose nothing", async () => {
    const { bridge } = await largeReplies()
    const stopNeighbour = startNeighbour(bridge.address)
    const clients = await Promise.all(Array.from({ length: 6 }, () => openWithoutWindow(bridge.address, 20)))
    await waitFor(() => bridge.stalls.endedForMemory > 50, { timeoutMs: 15_000 })
    await waitFor(() => bridge.stalls.heldBytes <= budgetBytes)
    const ended = bridge.records.filter(({ error }) => error?.reason === "buffer-limit")
    expect(ended.length).toBeGreaterThan(50)
    expect(ended.every(({ code }) => code === 8)).toBe(true)
    expect(clients.flatMap(({ frames }) => frames).some(({ type }) => type === Type.Goaway)).toBe(false)
    const codes = await stopNeighbour()
    expect(codes.length).toBeGreaterThan(0)
    expect(codes.every((code) => code === 0)).toBe(true)
    for (const { socket } of clients) socket.destroy()
  })

  it("stays within the budget over HTTP/1.1 too, when calls are pipelined and the client does not read", async () => {
    const { bridge } = await largeReplies()
    const stopNeighbour = startNeighbour(bridge.address)
    const body = Buffer.from(encodeFrame(0, Buffer.from("large")))
    const request = Buffer.concat([
      Buffer.from(requestHead(path, [...webType, "content-length", String(body.length)])),
      body,
    ])
    const clients = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const raw = await connectRawHttp1(bridge.address)
        raw.socket.pause()
        for (let call = 0; call < 8; call++) raw.send(request)
        return raw
      }),
    )
    // One call of each connection alone stays below the budget.
    if (pipelining === "at once") await waitFor(() => bridge.stalls.endedForMemory > 3, { timeoutMs: 15_000 })
    else await waitFor(() => bridge.gauges().stalls >= clients.length)
    await waitFor(() => bridge.stalls.heldBytes <= budgetBytes)
    expect((await stopNeighbour()).every((code) => code === 0)).toBe(true)
    for (const raw of clients) raw.destroy()
  })
})

describe("a reply that its client does not read", () => {
  it.each([1_000, 9])("in messages of %i bytes is held within two windows, in one piece", async (messageBytes) => {
    const { backend, bridge } = await rawScene()
    const client = await connectRawClient(bridge.address, { settings: [[Setting.InitialWindowSize, 0]] })
    onTestFinished(() => void client.socket.destroy())
    client.send(headersFrame(1, [...target, ...webType]), dataFrame(1, grpcMessage("hello"), true))
    const peer = await backend.peer(1)
    await peer.stream(1)
    peer.send(headersFrame(1, [":status", "200", "content-type", "application/grpc"]))
    const message = dataFrame(1, grpcMessage(Buffer.alloc(messageBytes)))
    const messages = await sendAllThatIsAllowed(peer, message)
    const sentBytes = messages * (message.length - 9)
    expect(sentBytes).toBeGreaterThan(130_000)
    expect(sentBytes).toBeLessThan(2 * 131_072)
    await waitFor(() => Math.abs(bridge.stalls.heldBytes - sentBytes) < 1_024) // a piece is counted as 256 bytes more
    expect(bridge.gauges().stalls).toBe(1)
    client.socket.destroy()
  })
})

/** Sends this DATA frame on stream 1 as often as its window allows. Returns the number. */
async function sendAllThatIsAllowed(peer: RawPeer, message: Buffer): Promise<number> {
  const bytes = message.length - 9
  let sent = 0
  for (let quietTurns = 0; quietTurns < 50; quietTurns++) {
    for (; windowOf(peer) - sent * bytes >= bytes; sent++) {
      peer.send(message)
      quietTurns = 0
      if (sent % 100 === 0) await nextTurn()
    }
    await nextTurn()
  }
  return sent
}

/** The total window that the bridge has granted on stream 1. */
function windowOf(peer: RawPeer): number {
  let window = 65_535
  for (const { type, streamId, payload } of peer.frames) {
    if (type === Type.WindowUpdate && streamId === 1) window += payload.readUInt32BE(0)
    for (let at = 0; type === Type.Settings && at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) === Setting.InitialWindowSize) window += payload.readUInt32BE(at + 2) - 65_535
    }
  }
  return window
}
