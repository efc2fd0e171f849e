import { describe, expect, it } from "vitest"
import { callPage, PageCall } from "./support/page-call.ts"
import type { RawPeer } from "./support/raw-h2.ts"
import { dataFrame, grpcMessage, H2Code, headersFrame, resetFrame } from "./support/h2-frames.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { grpcScene, rawScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"

const head = headersFrame(1, [":status", "200", "content-type", "application/grpc"])
const trailers = (status: number): Buffer => headersFrame(1, ["grpc-status", String(status)], true)

/** DATA frames no larger than the bridge takes. */
function dataFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 16_384) frames.push(dataFrame(1, bytes.subarray(at, at + 16_384)))
  return frames
}

/** Ways to end a reply in the middle of a message. */
const cuts: readonly (readonly [string, (peer: RawPeer) => void, number, string | null])[] = [
  ["trailers that say OK", (peer) => peer.send(trailers(0)), 13, "truncated-reply"],
  ["trailers that say 9", (peer) => peer.send(trailers(9)), 9, null],
  ["trailers without a status", (peer) => peer.send(headersFrame(1, ["x", "1"], true)), 2, "missing-status"],
  ["an end without trailers", (peer) => peer.send(dataFrame(1, Buffer.alloc(0), true)), 2, "missing-status"],
  ["RST_STREAM", (peer) => peer.send(resetFrame(1, H2Code.InternalError)), 13, "backend-reset"],
  ["RST_STREAM with CANCEL", (peer) => peer.send(resetFrame(1, H2Code.Cancel)), 1, "backend-reset"],
  ["RST_STREAM with NO_ERROR", (peer) => peer.send(resetFrame(1, H2Code.NoError)), 13, "backend-reset"],
  ["a TCP reset", (peer) => peer.resetConnection(), 14, "backend-lost"],
]

describe.each(cuts)("a reply cut inside a message by %s", (_how, cut, code, reason) => {
  it.each(carriers)("is a readable status and no half message while the message is small (%s)", async (carrier) => {
    for (const begun of [1, 4, 5, 6, 40_000, 65_000]) {
      const { backend, bridge } = await rawScene()
      const call = callPage(bridge.address, { carrier })
      const peer = await backend.peer(1)
      await peer.stream(1)
      const half = grpcMessage(Buffer.alloc(65_531, "x")).subarray(0, begun)
      peer.send(head, ...dataFrames(Buffer.concat([grpcMessage("whole"), half])))
      await nextTurn()
      cut(peer)
      const answer = await call
      expect(answer).toMatchObject({ httpStatus: 200, code, reason, isCut: false, openBytes: 0 })
      expect(answer.messages.map(String)).toEqual(["whole"])
      expect(answer.trailers).toHaveLength(1)
    }
  })

  it.each(carriers)(
    "breaks the transfer once a large message has begun to leave: never a success (%s)",
    async (carrier) => {
      const { backend, bridge } = await rawScene()
      const call = new PageCall(bridge.address, { carrier })
      const peer = await backend.peer(1)
      await peer.stream(1)
      const half = grpcMessage(Buffer.alloc(200_000, "x")).subarray(0, 100_000)
      peer.send(head, ...dataFrames(Buffer.concat([grpcMessage("whole"), half])))
      await waitFor(() => call.receivedBytes > 50_000)
      cut(peer)
      const answer = await call.answer
      expect(answer).toMatchObject({ isCut: true, code: null, trailers: [] })
      expect(answer.messages.map(String)).toEqual(["whole"])
      expect(bridge.records.at(-1)?.code).toBe(code)
    },
  )

  it("is a readable status when no part of the large message was sent", async () => {
    const { backend, bridge } = await rawScene()
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    await peer.stream(1)
    const half = grpcMessage(Buffer.alloc(200_000, "x")).subarray(0, 9_000)
    peer.send(head, ...dataFrames(half))
    cut(peer)
    const answer = await call
    if (!answer.isCut) expect(answer).toMatchObject({ code, openBytes: 0, messages: [] })
  })
})

describe("a large message", () => {
  it.each(carriers)("passes whole, byte for byte, however it is cut into frames (%s)", async (carrier) => {
    const payload = Buffer.alloc(300_000, "0123456789abcdefghi")
    const { bridge } = await grpcScene((call) => {
      call.message(payload)
      call.message("small")
      call.end()
    })
    const answer = await callPage(bridge.address, { carrier })
    expect(answer).toMatchObject({ code: 0, isCut: false })
    expect(answer.messages.map((one) => one.length)).toEqual([300_000, 5])
    expect(answer.messages[0].equals(payload)).toBe(true)
  })
})
