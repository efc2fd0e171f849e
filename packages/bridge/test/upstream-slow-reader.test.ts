import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { BackendCall } from "./support/grpc-backend.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { dataFrame, grpcMessage, headersFrame } from "./support/h2-frames.ts"
import { nextTurn } from "./support/raw-h2.ts"
import type { GrpcScene } from "./support/scene.ts"
import { grpcScene, rawScene } from "./support/scene.ts"
import type { TestCarrier } from "./support/web-call.ts"
import { carriers } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"

const messageBytes = 65_536
const messages = 1_024
const totalBytes = messages * messageBytes

/** A kernel may hold megabytes between two sockets; a whole stream is 64 MiB. */
const stoppedBytes = 24 << 20

/** Sends 64 MiB as fast as the bridge reads, and counts. */
class BigStream {
  sentBytes = 0
  readonly hash = createHash("sha1")

  async serve(call: BackendCall): Promise<void> {
    const payload = Buffer.alloc(messageBytes)
    for (let number = 0; number < messages && !call.stream.destroyed; number++) {
      payload.writeUInt32BE(number)
      this.hash.update(payload)
      const goesOn = call.message(Buffer.from(payload))
      this.sentBytes += messageBytes
      if (!goesOn) await call.drained()
    }
    if (!call.stream.destroyed) call.end()
  }
}

/** A bridge before a backend that answers `big` with 64 MiB, and every other message with 20 small ones. */
async function bigAndSmall(big: BigStream): Promise<GrpcScene> {
  return grpcScene(async (call) => {
    const [kind] = await call.all()
    if (Buffer.from(kind).toString() === "big") return big.serve(call)
    for (let i = 0; i < 20; i++) call.message(Buffer.alloc(10_000))
    call.end()
  })
}

/** Ten calls, one after the other, on the session of the big stream. */
async function callNeighbours({ bridge }: GrpcScene, carrier: TestCarrier): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const neighbour = await callPage(bridge.address, { carrier, message: "small" })
    expect(neighbour).toMatchObject({ code: 0, isCut: false })
    expect(neighbour.messages).toHaveLength(20)
  }
}

/**
 * Waits until the big stream sends nothing while ten calls beside it come and go. All ends are in this process: a stream that is not
 * held back would have sent something meanwhile.
 */
async function stopped(big: BigStream, scene: GrpcScene, carrier: TestCarrier): Promise<void> {
  for (let before = -1; before !== big.sentBytes;) {
    before = big.sentBytes
    await callNeighbours(scene, carrier)
  }
  expect(big.sentBytes).toBeLessThan(stoppedBytes)
}

describe("a client that stops reading (C57)", () => {
  it.each(carriers)(
    "stops the backend, not its neighbours on the same session, and gets every byte later (%s)",
    async (carrier) => {
      const big = new BigStream()
      const scene = await bigAndSmall(big)
      const { backend, bridge } = scene
      const rssBefore = process.memoryUsage().rss
      const slow = new PageCall(bridge.address, { carrier, message: "big" })
      await slow.received(1)
      slow.pause()
      await stopped(big, scene, carrier)
      await waitFor(() => bridge.gauges().streams === 1 && bridge.gauges().stalls === 1)
      expect(backend.accepted).toBe(1)
      expect(process.memoryUsage().rss - rssBefore).toBeLessThan(150 << 20)

      slow.resume()
      const answer = await slow.answer
      expect(answer).toMatchObject({ code: 0, isCut: false, openBytes: 0 })
      expect(big.sentBytes).toBe(totalBytes)
      const received = createHash("sha1")
      for (const message of answer.messages) received.update(message)
      expect(received.digest("hex")).toBe(big.hash.digest("hex"))
    },
  )

  it.each(carriers)("and leaves: the backend's stream is reset (%s)", async (carrier) => {
    const big = new BigStream()
    const scene = await bigAndSmall(big)
    const { backend, bridge } = scene
    const call = new PageCall(bridge.address, { carrier, message: "big" })
    await call.received(1)
    call.pause()
    await stopped(big, scene, carrier)
    call.cancel()
    expect(await backend.calls[0].closed).toBe(8)
    await waitFor(() => bridge.gauges().streams === 0)
  })

  it.each(carriers)("for longer than the stall time: the call ends and the backend is reset (%s)", async (carrier) => {
    const big = new BigStream()
    const { backend, bridge } = await grpcScene((call) => big.serve(call), { stallTimeoutMs: 500 })
    const call = new PageCall(bridge.address, { carrier })
    await call.received(1)
    call.pause()
    expect(await backend.calls[0].closed).toBe(8)
    await waitFor(() => bridge.records.length === 1)
    expect(bridge.records[0]).toMatchObject({ code: 8, error: { reason: "slow-reader" } })
    call.resume()
    expect(await call.answer.then(({ code }) => code)).not.toBe(0)
  })

  it("keeps complete messages although the backend's connection has closed since", async () => {
    const { backend, bridge } = await rawScene()
    const call = new PageCall(bridge.address)
    const peer = await backend.peer(1)
    await peer.stream(1)
    peer.send(
      headersFrame(1, [":status", "200", "content-type", "application/grpc"]),
      dataFrame(1, grpcMessage("first")),
    )
    await call.received(1)
    call.pause()
    let sent = 1
    const piece = dataFrame(1, grpcMessage(Buffer.alloc(16_000)))
    const window = (): boolean => peer.frames.filter((frame) => frame.type === 8 && frame.streamId === 1).length > 0
    for (; bridge.gauges().stalls === 0 && sent < 2_000; sent++) {
      if (sent % 10 === 0) await nextTurn()
      peer.send(piece)
    }
    expect(window()).toBe(true)
    peer.send(dataFrame(1, grpcMessage("last")), headersFrame(1, ["grpc-status", "0"], true))
    await nextTurn()
    peer.socket.end()
    await waitFor(() => !bridge.cluster.isReachable || backend.peers.length > 1)
    call.resume()
    const answer = await call.answer
    expect(answer).toMatchObject({ code: 0, isCut: false })
    expect(String(answer.messages.at(-1))).toBe("last")
    expect(answer.messages).toHaveLength(sent + 1)
  })
})
