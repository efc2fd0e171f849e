import { describe, expect, it } from "vitest"
import { callPage, PageCall } from "./support/page-call.ts"
import { dataFrame, goawayFrame, grpcMessage, H2Code, headersFrame } from "./support/h2-frames.ts"
import { nextTurn } from "./support/raw-h2.ts"
import type { RawPeer } from "./support/raw-h2.ts"
import { rawScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"

const head = (id: number): Buffer => headersFrame(id, [":status", "200", "content-type", "application/grpc"])
const ok = (id: number): Buffer[] => [dataFrame(id, grpcMessage("m")), headersFrame(id, ["grpc-status", "0"], true)]

/** Answers every call whose request has ended. */
function answerAll(peer: RawPeer): void {
  peer.onFrame = ({ streamId }) => {
    if (!peer.hasEnded(streamId)) return
    peer.forget(streamId)
    peer.send(head(streamId), ...ok(streamId))
  }
}

describe("GOAWAY with NO_ERROR", () => {
  it("lets open streams finish while the next call opens a new session, without an error (C33)", async () => {
    const { backend, bridge } = await rawScene()
    const streaming = new PageCall(bridge.address)
    const first = await backend.peer(1)
    await first.stream(1)
    first.send(head(1), dataFrame(1, grpcMessage("before")))
    await streaming.received(1)
    first.send(goawayFrame(1, H2Code.NoError))
    await nextTurn()

    const next = callPage(bridge.address)
    const second = await backend.peer(2)
    await second.stream(1)
    second.send(head(1), ...ok(1))
    expect(await next).toMatchObject({ code: 0 })

    first.send(dataFrame(1, grpcMessage("after")), headersFrame(1, ["grpc-status", "0"], true))
    const answer = await streaming.answer
    expect(answer).toMatchObject({ code: 0, isCut: false })
    expect(answer.messages.map(String)).toEqual(["before", "after"])
    await waitFor(() => first.isClosed && bridge.cluster.sessions === 1)
  })

  it("opens the new session even when the draining one was the only one allowed", async () => {
    const { backend, bridge } = await rawScene(undefined, { maxSessions: 1 })
    const streaming = new PageCall(bridge.address)
    const first = await backend.peer(1)
    await first.stream(1)
    first.send(head(1), goawayFrame(1, H2Code.NoError))
    await nextTurn()
    const next = callPage(bridge.address)
    const second = await backend.peer(2)
    await second.stream(1)
    second.send(head(1), ...ok(1))
    expect(await next).toMatchObject({ code: 0 })
    first.send(...ok(1))
    expect(await streaming.answer).toMatchObject({ code: 0 })
  })

  it("is the end of the connection, also when the backend neither reads on nor closes", async () => {
    const { backend, bridge } = await rawScene(answerAll, { maxSessions: 1 })
    for (let number = 1; number <= 4; number++) {
      const peer = await backend.peer(number)
      expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
      peer.socket.pause()
      peer.send(goawayFrame(1, H2Code.NoError))
    }
    await backend.peer(5)
    await waitFor(() => bridge.cluster.sessions === 1)
    for (const { socket } of backend.peers) socket.resume()
  })

  it("whose last stream is below ours repeats the call on a new session, unseen by the page", async () => {
    const { backend, bridge } = await rawScene()
    const calls = [callPage(bridge.address), callPage(bridge.address), callPage(bridge.address)]
    const first = await backend.peer(1)
    await waitFor(() => first.opened.length === 3 && first.opened.every((id) => first.hasEnded(id)))
    first.send(goawayFrame(1, H2Code.NoError))
    const second = await backend.peer(2)
    await waitFor(() => second.opened.length === 2 && second.opened.every((id) => second.hasEnded(id)))
    for (const id of second.opened) {
      expect(second.body(id)).toEqual(grpcMessage("hello"))
      second.send(head(id), ...ok(id))
    }
    first.send(head(1), ...ok(1))
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ code: 0, reason: null })
    expect(bridge.records.map((record) => record.attempts).toSorted((a, b) => a - b)).toEqual([1, 2, 2])
  })

  it("repeats an upload from its beginning, then sends the rest as it arrives", async () => {
    const { backend, bridge } = await rawScene()
    const call = new PageCall(bridge.address, { message: null })
    call.send("one")
    const first = await backend.peer(1)
    await waitFor(() => first.body(1).length > 0)
    first.send(goawayFrame(0, H2Code.NoError))
    const second = await backend.peer(2)
    await waitFor(() => second.body(1).length > 0)
    call.send("two")
    call.end()
    await waitFor(() => second.hasEnded(1))
    expect(second.body(1)).toEqual(Buffer.concat([grpcMessage("one"), grpcMessage("two")]))
    second.send(head(1), ...ok(1))
    expect(await call.answer).toMatchObject({ code: 0 })
  })

  it("cannot repeat an upload larger than the kept bytes: UNAVAILABLE, and safe to repeat", async () => {
    const { backend, bridge } = await rawScene()
    const call = new PageCall(bridge.address, { message: null })
    call.send(Buffer.alloc(70_000))
    const first = await backend.peer(1)
    await waitFor(() => first.body(1).length >= 70_000)
    first.send(goawayFrame(0, H2Code.NoError))
    const answer = await call.answer
    expect(answer).toMatchObject({ code: 14, reason: "backend-refused" })
    expect(decodeURIComponent(answer.message)).toContain("safe to repeat")
  })

  it("followed at once by the connection's close loses only calls that may have been processed", async () => {
    const { backend, bridge } = await rawScene()
    const calls = [callPage(bridge.address), callPage(bridge.address)]
    const first = await backend.peer(1)
    await waitFor(() => first.opened.length === 2 && first.opened.every((id) => first.hasEnded(id)))
    first.send(goawayFrame(1, H2Code.NoError))
    first.socket.end()
    const second = await backend.peer(2)
    await second.stream(1)
    second.send(head(1), ...ok(1))
    const codes = (await Promise.all(calls)).map(({ code, reason }) => `${code} ${reason}`)
    expect(codes.toSorted()).toEqual(["0 null", "14 backend-lost"])
  })

  it("before any call only makes the bridge open another session", async () => {
    const { backend, bridge } = await rawScene()
    const first = await backend.peer(1)
    await waitFor(() => bridge.cluster.isReachable)
    first.send(goawayFrame(0, H2Code.NoError))
    const second = await backend.peer(2)
    answerAll(second)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(first.opened).toEqual([])
  })

  it.each([20, 5, 1])(
    "after every %i calls loses none of a burst, and each connection beyond the first serves as many",
    async (callsPerSession) => {
      const { backend, bridge } = await rawScene((peer) => {
        peer.onFrame = ({ streamId: id }) => {
          if (id === 0 || !peer.hasEnded(id)) return
          peer.forget(id)
          const served = (id + 1) / 2
          if (served === callsPerSession) peer.send(goawayFrame(id, H2Code.NoError))
          if (served <= callsPerSession) peer.send(head(id), ...ok(id))
        }
      })
      const calls = 60
      const answers = await Promise.all(Array.from({ length: calls }, () => callPage(bridge.address)))
      expect(answers.filter(({ code }) => code !== 0)).toEqual([])
      expect(backend.peers.length).toBeLessThanOrEqual(calls / callsPerSession + 1)
    },
  )

  it("30 times in a row leaves one session, and no call fails (C34)", async () => {
    const { backend, bridge } = await rawScene(answerAll)
    for (let cycle = 1; cycle <= 30; cycle++) {
      expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
      const peer = await backend.peer(cycle)
      peer.send(goawayFrame(2 ** 31 - 1, H2Code.NoError))
      await waitFor(() => peer.isClosed)
    }
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => bridge.cluster.sessions === 1)
    expect(bridge.sessionEvents.filter((event) => event === "closed")).toHaveLength(30)
    expect(backend.peers.filter((peer) => !peer.isClosed)).toHaveLength(1)
  })
})

describe("GOAWAY with an error", () => {
  it("ENHANCE_YOUR_CALM: calls that may have been processed are UNAVAILABLE, the others repeated", async () => {
    const { backend, bridge } = await rawScene()
    const calls = [callPage(bridge.address), callPage(bridge.address)]
    const first = await backend.peer(1)
    await waitFor(() => first.opened.length === 2 && first.opened.every((id) => first.hasEnded(id)))
    first.send(goawayFrame(1, H2Code.EnhanceYourCalm, "too_many_pings"))
    const second = await backend.peer(2)
    await second.stream(1)
    second.send(head(1), ...ok(1))
    const answers = await Promise.all(calls)
    const lost = answers.filter((answer) => answer.code !== 0)
    expect(lost).toEqual([expect.objectContaining({ code: 14, reason: "backend-lost" })])
    expect(lost[0].message).toContain("ENHANCE_YOUR_CALM")
  })
})
