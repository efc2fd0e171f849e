import { describe, expect, it } from "vitest"
import { callPage } from "./support/page-call.ts"
import type { RawPeer } from "./support/raw-h2.ts"
import { dataFrame, grpcMessage, headersFrame, resetFrame } from "./support/h2-frames.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { rawScene } from "./support/scene.ts"
import type { TestCarrier } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"
import { carriers } from "./support/web-call.ts"

/** The gRPC status of each HTTP/2 error code (PROTOCOL-HTTP2, "Errors"). */
const meanings = [
  ["NO_ERROR", 0, 13],
  ["PROTOCOL_ERROR", 1, 13],
  ["INTERNAL_ERROR", 2, 13],
  ["FLOW_CONTROL_ERROR", 3, 13],
  ["SETTINGS_TIMEOUT", 4, 13],
  ["STREAM_CLOSED", 5, 13],
  ["FRAME_SIZE_ERROR", 6, 13],
  ["REFUSED_STREAM", 7, 14],
  ["CANCEL", 8, 1],
  ["COMPRESSION_ERROR", 9, 13],
  ["CONNECT_ERROR", 10, 13],
  ["ENHANCE_YOUR_CALM", 11, 8],
  ["INADEQUATE_SECURITY", 12, 7],
  ["HTTP_1_1_REQUIRED", 13, 7],
] as const

const head = (id: number): Buffer => headersFrame(id, [":status", "200", "content-type", "application/grpc", "x", "1"])
const trailers = (id: number): Buffer => headersFrame(id, ["grpc-status", "5", "grpc-message", "gone"], true)
const message = (id: number): Buffer => dataFrame(id, grpcMessage("m"))

it("of a call does not turn a later close of the idle connection into a loss", async () => {
  const { backend, bridge } = await rawScene((peer) => {
    peer.onFrame = ({ streamId }) => {
      if (peer.hasEnded(streamId)) peer.send(resetFrame(streamId, 2))
    }
  })
  expect(await callPage(bridge.address, { carrier: "http2" })).toMatchObject({ reason: "backend-reset" })
  backend.peers[0].socket.end()
  await waitFor(() => bridge.sessionEvents.includes("closed"))
  expect(bridge.lostSessions).toEqual([])
})

describe.each(meanings)("RST_STREAM with %s", (name, code, status) => {
  it.each(carriers)(`before the head is status ${status} (C35, %s)`, async (carrier) => {
    const { backend, bridge } = await rawScene((peer) => {
      // REFUSED_STREAM is repeated, each time on a new stream.
      peer.onFrame = ({ streamId }) => {
        if (peer.hasEnded(streamId)) {
          peer.forget(streamId)
          peer.send(resetFrame(streamId, code))
        }
      }
    })
    const answer = await callPage(bridge.address, { carrier })
    expect(answer).toMatchObject({ httpStatus: 200, code: status, messages: [], isCut: false })
    expect(answer.reason).toBe(name === "REFUSED_STREAM" ? "backend-refused" : "backend-reset")
    if (name !== "REFUSED_STREAM") expect(decodeURIComponent(answer.message)).toContain(`(${name})`)
    expect(backend.peers[0].opened.length).toBe(name === "REFUSED_STREAM" ? 5 : 1)
  })

  it.each(carriers)(`after the head and after a message is status ${status} (C35, %s)`, async (carrier) => {
    for (const count of [0, 1]) {
      const { answer } = await exchange(carrier, async (peer, id) => {
        peer.send(head(id), ...Array.from({ length: count }, () => message(id)))
        await nextTurn()
        peer.send(resetFrame(id, code))
      })
      expect(answer).toMatchObject({ httpStatus: 200, code: status, isCut: false })
      expect(answer.messages).toHaveLength(count)
    }
  })

  it.each(carriers)(
    "after the trailers does not change the answer, also in one segment with them (C35, %s)",
    async (carrier) => {
      for (const isOneSegment of [true, false]) {
        const { answer } = await exchange(carrier, async (peer, id) => {
          const frames = [head(id), message(id), trailers(id)]
          if (isOneSegment) peer.send(...frames, resetFrame(id, code))
          else {
            peer.send(...frames)
            await nextTurn()
            peer.send(resetFrame(id, code))
          }
        })
        expect(answer).toMatchObject({ code: 5, message: "gone", reason: null, isCut: false })
        expect(answer.messages).toHaveLength(1)
      }
    },
  )
})

describe("RST_STREAM with a code that no document names", () => {
  it("is INTERNAL and named by its number", async () => {
    const { answer } = await exchange("http1", async (peer, id) => peer.send(head(id), resetFrame(id, 0xbad)))
    expect(answer).toMatchObject({ code: 13, reason: "backend-reset" })
    expect(answer.message).toContain("0xbad")
  })
})

async function exchange(carrier: TestCarrier, reply: (peer: RawPeer, id: number) => Promise<void>) {
  const { backend, bridge } = await rawScene()
  const call = callPage(bridge.address, { carrier })
  const peer = await backend.peer(1)
  const id = await peer.stream(1)
  await reply(peer, id)
  return { answer: await call, bridge }
}
