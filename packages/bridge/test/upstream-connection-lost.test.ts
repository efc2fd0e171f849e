import { describe, expect, it } from "vitest"
import { callPage, PageCall } from "./support/page-call.ts"
import type { RawPeer } from "./support/raw-h2.ts"
import { dataFrame, grpcMessage, headersFrame } from "./support/h2-frames.ts"
import { nextTurn, noticesBrokenHttp2 } from "./support/raw-h2.ts"
import { rawScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"

const head = headersFrame(1, [":status", "200", "content-type", "application/grpc", "x", "1"])
const message = dataFrame(1, grpcMessage("m"))
const trailers = headersFrame(1, ["grpc-status", "0"], true)

/** Ways in which a connection ends. */
const deaths: readonly (readonly [string, (peer: RawPeer) => void])[] = [
  ["a TCP reset", (peer) => peer.resetConnection()],
  ["FIN", (peer) => peer.socket.end()],
  ...(noticesBrokenHttp2 ? [["bytes that are not HTTP/2", sendGarbage] as const] : []),
]

const phases: readonly (readonly [string, readonly Buffer[], number])[] = [
  ["before the head", [], 0],
  ["after the head", [head], 0],
  ["after a message", [head, message], 1],
  ["inside a small message", [head, message, dataFrame(1, grpcMessage("0123456789").subarray(0, 9))], 1],
  ["inside the trailers' frame", [head, message, trailers.subarray(0, 12)], 1],
]

describe.each(deaths)("a backend's connection that dies by %s", (_how, die) => {
  it.each(phases)("%s is UNAVAILABLE with what came whole, never CANCELLED (C36)", async (_when, sent, whole) => {
    for (const carrier of carriers) {
      const { backend, bridge } = await rawScene()
      const call = callPage(bridge.address, { carrier })
      const peer = await backend.peer(1)
      await peer.stream(1)
      peer.send(...sent)
      await nextTurn()
      die(peer)
      const answer = await call
      expect(answer).toMatchObject({ httpStatus: 200, code: 14, reason: "backend-lost", isCut: false, openBytes: 0 })
      expect(answer.messages).toHaveLength(whole)
      expect(answer.trailers.length).toBe(whole === 0 && sent.length === 0 ? 0 : 1)
      expect(bridge.records.at(-1)).toMatchObject({ code: 14, attempts: 1 })
    }
  })

  it("after the trailers does not change the answer", async () => {
    const { backend, bridge } = await rawScene()
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    await peer.stream(1)
    peer.send(head, message, trailers)
    die(peer)
    expect(await call).toMatchObject({ code: 0, isCut: false, reason: null })
  })

  it("ends every call on it at once, and the next call finds a new connection", async () => {
    const { backend, bridge } = await rawScene()
    const calls = Array.from({ length: 20 }, () => callPage(bridge.address))
    const peer = await backend.peer(1)
    await waitFor(() => peer.opened.length === 20)
    die(peer)
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ code: 14, reason: "backend-lost" })
    await waitFor(() => bridge.lostSessions.length === 1)
    const next = callPage(bridge.address)
    const second = await backend.peer(2)
    await second.stream(1)
    second.send(head, message, trailers)
    expect(await next).toMatchObject({ code: 0 })
  })
})

describe("a backend's connection that ends after any number of bytes", () => {
  it("is a success only when every byte of the reply has come", async () => {
    const reply = Buffer.concat([head, message, trailers])
    for (let cut = 0; cut <= reply.length; cut++) {
      const { backend, bridge } = await rawScene() // a bridge that has lost sessions would wait before it dials again
      const call = callPage(bridge.address, { carrier: cut % 2 === 0 ? "http1" : "http2" })
      const peer = await backend.peer(1)
      await peer.stream(1)
      peer.send(reply.subarray(0, cut))
      peer.socket.end()
      const answer = await call
      expect(answer).toMatchObject({ code: cut === reply.length ? 0 : 14, isCut: false, openBytes: 0 })
      expect(answer.messages).toHaveLength(cut >= head.length + message.length ? 1 : 0)
    }
  })
})

describe("a backend's connection that ends while the request is still sent", () => {
  it("ends the call, and the rest of the request is dropped", async () => {
    for (const carrier of carriers) {
      const { backend, bridge } = await rawScene()
      const call = new PageCall(bridge.address, { carrier, message: null })
      call.send("first")
      const peer = await backend.peer(1)
      const id = await peer.stream(1)
      await waitFor(() => peer.body(id).length > 0)
      peer.resetConnection()
      await waitFor(() => call.hasHead)
      call.send("second")
      call.end()
      expect(await call.answer).toMatchObject({ code: 14, reason: "backend-lost", isCut: false })
    }
  })
})

function sendGarbage(peer: RawPeer): void {
  peer.socket.end(Buffer.alloc(4_096, "x"))
}
