import { afterEach, describe, expect, it } from "vitest"
import { encodeFrame } from "@causeway/protocol"
import { selfSigned } from "./support/certificate.ts"
import { Setting } from "./support/h2-frames.ts"
import type { RawBackend, RawPeerOptions } from "./support/raw-h2.ts"
import { startRawBackend } from "./support/raw-h2.ts"
import type { RawHttp1 } from "./support/raw-http1.ts"
import { connectRawHttp1, httpChunk, requestHead } from "./support/raw-http1.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const chunked = ["content-type", "application/grpc-web", "transfer-encoding", "chunked"]
const message = Buffer.from(encodeFrame(0, Buffer.alloc(1_024)))
const certificate = await selfSigned()

let backend: RawBackend
let bridge: Bridge

async function start(peer: RawPeerOptions, options: Partial<BridgeOptions> = {}): Promise<void> {
  backend = await startRawBackend(undefined, peer)
  // With this stall timeout the stall clock cannot be what notices.
  bridge = await startBridge({ upstream: backend.url, stallTimeoutMs: 600_000, ...options })
}

/** Sends messages, 300 KiB in all: more than the bridge takes before it holds the upload back. */
async function upload(): Promise<RawHttp1> {
  const raw = await connectRawHttp1(bridge.address, bridge.address.startsWith("https") ? certificate.cert : undefined)
  raw.send(requestHead("/test.Unseen/Held", chunked))
  for (let i = 0; i < 300; i++) raw.send(httpChunk(message))
  return raw
}

afterEach(async () => {
  await expectAllZero(bridge)
  expect(bridge.crashes).toEqual([])
  await bridge.close()
  await backend.close()
})

/** A way in which a client may leave: by closing, or by a reset. */
type Way = readonly [how: string, leave: (raw: RawHttp1) => void]
const plainWays: readonly Way[] = [
  ["closes its connection", (raw) => void raw.socket.end()],
  ["resets its connection", (raw) => void raw.socket.resetAndDestroy()],
]
const tlsWays = plainWays.slice(0, 1) // Node cannot reset a TLS socket

describe.each([false, true])("a client over HTTP/1.1 (TLS: %s) whose upload is held back", (isTls) => {
  const ways = isTls ? tlsWays : plainWays
  const tls = isTls ? { tls: certificate } : {}

  it.each(ways)("and that %s is noticed: the backend does not read", async (_how, leave) => {
    await start({ grantsWindow: false }, tls)
    const raw = await upload()
    const peer = await backend.peer(1)
    const stream = await peer.stream(1)
    await waitFor(() => peer.body(stream).length >= 65_535 && bridge.gauges().stalls > 0)
    leave(raw)
    await waitFor(() => bridge.records.length === 1, { timeoutMs: 10_000 })
    expect(bridge.records).toMatchObject([{ error: { reason: "client-gone" } }])
    raw.destroy()
  })

  it.each(ways)("and that %s is noticed: its call waits for a stream", async (_how, leave) => {
    await start({ settings: [[Setting.MaxConcurrentStreams, 0]] }, { maxSessions: 1, ...tls })
    await backend.peer(1)
    const raw = await upload()
    await waitFor(() => bridge.gauges().queued === 1)
    await waitFor(() => raw.socket.writableLength === 0)
    leave(raw)
    await waitFor(() => bridge.gauges().queued === 0, { timeoutMs: 10_000 })
    expect(bridge.records).toMatchObject([{ error: { reason: "client-gone" } }])
    raw.destroy()
  })
})
