import { describe, expect, it } from "vitest"
import { callPage, PageCall } from "./support/page-call.ts"
import { dataFrame, grpcMessage, H2Code, headersFrame, Setting, Type } from "./support/h2-frames.ts"
import { rawScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"

const head = (id: number): Buffer => headersFrame(id, [":status", "200", "content-type", "application/grpc"])

describe("a call that is cancelled", () => {
  it.each(carriers)(
    "resets the backend's stream with CANCEL and never ends half an upload (C42, %s)",
    async (carrier) => {
      for (const isAnswered of [false, true]) {
        const { backend, bridge } = await rawScene()
        const call = new PageCall(bridge.address, { carrier, message: null })
        call.send("one of many")
        const peer = await backend.peer(1)
        const id = await peer.stream(1)
        await waitFor(() => peer.body(id).length > 0)
        if (isAnswered) {
          peer.send(head(id), dataFrame(id, grpcMessage("m")))
          await call.received(1)
        }
        call.cancel()
        expect(await peer.reset(id)).toBe(H2Code.Cancel)
        expect(peer.hasEnded(id)).toBe(false)
        await waitFor(() => bridge.records.length === 1)
        expect(bridge.records[0]).toMatchObject({ code: 1, error: { reason: "client-gone" } })
      }
    },
  )

  it.each(carriers)("is reset after its upload has ended, too (%s)", async (carrier) => {
    const { backend, bridge } = await rawScene()
    const call = new PageCall(bridge.address, { carrier })
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    await waitFor(() => peer.hasEnded(id))
    call.cancel()
    expect(await peer.reset(id)).toBe(H2Code.Cancel)
  })

  it("by its deadline: CANCEL, and no end of the upload (C43)", async () => {
    const { backend, bridge } = await rawScene()
    const call = new PageCall(bridge.address, { message: null, fields: ["grpc-timeout", "400m"] })
    call.send("one of many")
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    expect(await peer.reset(id)).toBe(H2Code.Cancel)
    expect(peer.hasEnded(id)).toBe(false)
    call.end()
    expect(await call.answer).toMatchObject({ code: 4, reason: "deadline-exceeded" })
  })

  it("does not affect other calls on the session", async () => {
    const { backend, bridge } = await rawScene()
    const neighbour = callPage(bridge.address)
    const peer = await backend.peer(1)
    const first = await peer.stream(1)
    const leaving = new PageCall(bridge.address)
    const second = await peer.stream(2)
    leaving.cancel()
    await peer.reset(second)
    peer.send(head(first), headersFrame(first, ["grpc-status", "0"], true))
    expect(await neighbour).toMatchObject({ code: 0 })
    expect(backend.peers).toHaveLength(1)
  })
})

describe("a backend that answers before the upload has ended", () => {
  it.each(carriers)("gets RST_STREAM(NO_ERROR), and the page its status (%s)", async (carrier) => {
    for (const isTrailersOnly of [false, true]) {
      const { backend, bridge } = await rawScene()
      const call = new PageCall(bridge.address, { carrier, message: null })
      call.send("one of many")
      const peer = await backend.peer(1)
      const id = await peer.stream(1)
      const status = ["grpc-status", "8", "grpc-message", "enough"]
      if (isTrailersOnly)
        peer.send(headersFrame(id, [":status", "200", "content-type", "application/grpc", ...status], true))
      else peer.send(head(id), headersFrame(id, status, true))
      expect(await peer.reset(id)).toBe(H2Code.NoError)
      expect(peer.hasEnded(id)).toBe(false)
      call.end()
      expect(await call.answer).toMatchObject({ code: 8, message: "enough", reason: null, isCut: false })
    }
  })

  it("gets no reset when the upload had ended", async () => {
    const { backend, bridge } = await rawScene()
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    await waitFor(() => peer.hasEnded(id))
    peer.send(head(id), dataFrame(id, grpcMessage("m")), headersFrame(id, ["grpc-status", "0"], true))
    await call
    await waitFor(() => bridge.gauges().streams === 0)
    expect(peer.frames.filter((frame) => frame.type === Type.RstStream)).toEqual([])
  })

  it.each([5_000, 300_000])(
    "frees its stream although it never read the upload of %i bytes, which waits for window",
    async (size) => {
      const settings = [[Setting.InitialWindowSize, 1_000]] as const
      const { backend, bridge } = await rawScene(undefined, { peer: { settings, grantsWindow: false } })
      const call = callPage(bridge.address, { message: Buffer.alloc(size) })
      const peer = await backend.peer(1)
      const id = await peer.stream(1)
      await waitFor(() => peer.body(id).length === 1_000)
      peer.send(head(id), headersFrame(id, ["grpc-status", "8"], true))
      expect(await call).toMatchObject({ code: 8 })
      await waitFor(() => bridge.gauges().streams === 0)
      await peer.reset(id)
      expect(peer.hasEnded(id)).toBe(false)
    },
  )
})
