import { describe, expect, it } from "vitest"
import { callPage } from "./support/page-call.ts"
import { dataFrame, grpcMessage, H2Code, headersFrame, resetFrame } from "./support/h2-frames.ts"
import type { RawScene } from "./support/scene.ts"
import { rawScene } from "./support/scene.ts"

/** A backend that refuses the first `count` streams and answers the others. */
function refusing(count: number): Promise<RawScene> {
  let refusals = 0
  return rawScene((peer) => {
    peer.onFrame = ({ streamId: id }) => {
      if (!peer.hasEnded(id)) return
      peer.forget(id)
      if (refusals++ < count) peer.send(resetFrame(id, H2Code.RefusedStream))
      else {
        const head = headersFrame(id, [":status", "200", "content-type", "application/grpc"])
        peer.send(head, dataFrame(id, grpcMessage("m")), headersFrame(id, ["grpc-status", "0"], true))
      }
    }
  })
}

describe("REFUSED_STREAM", () => {
  it("is repeated, unseen by the page: the backend's application never saw the call", async () => {
    const { backend, bridge } = await refusing(2)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0, reason: null })
    expect(bridge.records.at(-1)).toMatchObject({ attempts: 3, code: 0 })
    expect(backend.peers[0].opened).toHaveLength(3)
  })

  it("is UNAVAILABLE after five attempts if it never stops", async () => {
    const { backend, bridge } = await refusing(Infinity)
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ httpStatus: 200, code: 14, reason: "backend-refused" })
    expect(backend.peers[0].opened).toHaveLength(5)
    expect(bridge.records.at(-1)).toMatchObject({ attempts: 5, code: 14 })
  })

  it("after the head is not repeated: the call is committed (gRFC A6)", async () => {
    const { backend, bridge } = await rawScene()
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    const head = headersFrame(id, [":status", "200", "content-type", "application/grpc"])
    peer.send(head, resetFrame(id, H2Code.RefusedStream))
    expect(await call).toMatchObject({ code: 14 })
    expect(peer.opened).toHaveLength(1)
  })

  it("ends at the deadline, at whatever attempt", async () => {
    let refused = false
    const { bridge } = await rawScene((peer) => {
      peer.onFrame = ({ streamId: id }) => {
        if (!peer.hasEnded(id) || refused) return
        refused = true
        peer.send(resetFrame(id, H2Code.RefusedStream))
      }
    })
    const answer = await callPage(bridge.address, { fields: ["grpc-timeout", "500m"] })
    expect(answer).toMatchObject({ code: 4, reason: "deadline-exceeded" })
    expect(bridge.records.at(-1)).toMatchObject({ attempts: 2 })
  })
})
