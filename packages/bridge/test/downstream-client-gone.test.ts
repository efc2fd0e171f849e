import { afterEach, describe, expect, it } from "vitest"
import { encodeFrame } from "@causeway/protocol"
import type { RawBackend, RawPeerOptions } from "./support/raw-h2.ts"
import { dataFrame, H2Code, headersFrame, Setting, settingsFrame, Type } from "./support/h2-frames.ts"
import { startRawBackend } from "./support/raw-h2.ts"
import { connectRawHttp1, requestHead } from "./support/raw-http1.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { expectAllZero, pipelining, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import type { WebCall } from "./support/web-call.ts"
import { carriers, openWebCall } from "./support/web-call.ts"

const path = "/test.Gone/Method"
const message = encodeFrame(0, Buffer.from("message"))
const replyHead = [":status", "200", "content-type", "application/grpc+proto"]
const replyTrailers = ["grpc-status", "0"]

/** Ways in which a client may leave. */
const ways: readonly (readonly [how: string, leave: (call: WebCall) => void])[] = [
  ["cancels", (call) => call.cancel()],
  ["closes its connection", (call) => call.close()],
]

let backend: RawBackend
let bridge: Bridge

async function start(peer: RawPeerOptions = {}, options: Partial<BridgeOptions> = {}): Promise<void> {
  backend = await startRawBackend(undefined, peer)
  bridge = await startBridge({ upstream: backend.url, ...options })
}

afterEach(async () => {
  await expectAllZero(bridge)
  expect(bridge.crashes).toEqual([])
  await bridge.close()
  await backend.close()
})

async function expectGone(): Promise<void> {
  await waitFor(() => bridge.records.length > 0)
  expect(bridge.records.at(-1)).toMatchObject({ code: 1, error: { reason: "client-gone" } })
}

describe.each(carriers)("a client over %s", (carrier) => {
  describe.each(ways)("that %s", (_how, leave) => {
    it("while the bridge connects: its call ends, and the backend never gets it", async () => {
      await start({ settings: null })
      const call = await openWebCall(bridge.address, carrier, path)
      call.end(message)
      await waitFor(() => bridge.gauges().queued === 1)
      leave(call)
      await waitFor(() => bridge.gauges().queued === 0)
      await expectGone()
      const peer = await backend.peer(1)
      peer.send(settingsFrame())
      await waitFor(() => bridge.cluster.isReachable)
      expect(peer.opened).toEqual([])
      call.close()
    })

    it("while its call waits for a stream: makes room in the queue", async () => {
      await start({ settings: [[Setting.MaxConcurrentStreams, 1]] }, { maxSessions: 1 })
      const first = await openWebCall(bridge.address, carrier, path)
      first.end(message)
      const peer = await backend.peer(1)
      await peer.stream(1)
      const second = await openWebCall(bridge.address, carrier, path)
      second.end(message)
      await waitFor(() => bridge.gauges().queued === 1)
      leave(second)
      await waitFor(() => bridge.gauges().queued === 0)
      await expectGone()
      expect(peer.opened.length).toBe(1)
      first.close()
      second.close()
    })

    it.each([
      ["before the head", []],
      ["between messages", [headersFrame(1, replyHead), dataFrame(1, message)]],
      ["within a message", [headersFrame(1, replyHead), dataFrame(1, message.subarray(0, 7))]],
      ["within a large message that has begun to leave", [headersFrame(1, replyHead), largeBegun()]],
    ])("C42: %s: the backend sees CANCEL at once", async (_phase, frames) => {
      await start()
      const peer = await backend.peer(1)
      const call = await openWebCall(bridge.address, carrier, path)
      call.write(message)
      const stream = await peer.stream(1)
      await waitFor(() => peer.body(stream).length === message.length)
      if (frames.length > 0) {
        peer.send(...frames)
        await call.head()
      }
      leave(call)
      expect(await peer.reset(stream)).toBe(H2Code.Cancel)
      expect(peer.hasEnded(stream)).toBe(false)
      await expectGone()
      call.close()
    })

    it("after the status: its call has ended well, and no reset follows", async () => {
      await start()
      const peer = await backend.peer(1)
      const call = await openWebCall(bridge.address, carrier, path)
      call.end(message)
      const stream = await peer.stream(1)
      await waitFor(() => peer.hasEnded(stream))
      peer.send(headersFrame(1, replyHead), dataFrame(1, message), headersFrame(1, replyTrailers, true))
      await waitFor(() => bridge.records.length === 1)
      leave(call)
      call.close()
      await expectAllZero(bridge)
      expect(bridge.records).toMatchObject([{ code: 0, error: null, replyMessages: 1 }])
      expect(peer.frames.some(({ type, streamId }) => type === Type.RstStream && streamId === stream)).toBe(false)
    })
  })
})

/** The first frame of a message of 128 KiB. */
function largeBegun(): Buffer {
  return dataFrame(1, encodeFrame(0, Buffer.alloc(131_072)).subarray(0, 16_384))
}

describe("a client over HTTP/1.1 with two requests pipelined", () => {
  it("is gone for both when it closes its connection", async () => {
    await start()
    const peer = await backend.peer(1)
    const raw = await connectRawHttp1(bridge.address)
    const fields = ["content-type", "application/grpc-web", "content-length", String(message.length)]
    raw.send(requestHead(path, fields), message, requestHead(path, fields), message)
    const streams = [await peer.stream(1)]
    if (pipelining === "at once") streams.push(await peer.stream(2))
    raw.destroy()
    for (const stream of streams) expect(await peer.reset(stream)).toBe(H2Code.Cancel)
  })
})
