import { describe, expect, it } from "vitest"
import { dataFrame, grpcMessage, headersFrame } from "./support/h2-frames.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { rawScene } from "./support/scene.ts"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage } from "./support/page-call.ts"
import type { TestCarrier } from "./support/web-call.ts"
import { carriers } from "./support/web-call.ts"

const contentType = ["content-type", "application/grpc+proto"]
const early = headersFrame(1, [":status", "103", "link", "</style.css>"])
const head = headersFrame(1, [":status", "200", ...contentType, "x-first", "1"])
const body = dataFrame(1, grpcMessage("pong"))
const trailers = headersFrame(1, ["grpc-status", "0", "x-last", "2"], true)
const reply = Buffer.concat([head, body, trailers])

describe("a backend's reply, however the network cuts it", () => {
  it.each(carriers)("passes whole in one TCP segment: head, message and trailers together (%s)", async (carrier) => {
    expectPong(await exchange(carrier, [reply]))
  })

  it.each(carriers)("passes whole after interim heads, which the page is not shown (1xx, %s)", async (carrier) => {
    const answer = await exchange(carrier, [Buffer.concat([early, early, reply])])
    expectPong(answer)
    expect(answer.fields.has("link")).toBe(false)
  })

  it("passes whole from two segments, cut at each byte", async () => {
    for (let cut = 1; cut < reply.length; cut++) {
      const parts = [reply.subarray(0, cut), reply.subarray(cut)]
      expectPong(await exchange(cut % 2 === 0 ? "http1" : "http2", parts))
    }
  })

  it.each(carriers)("passes whole when it comes byte by byte (%s)", async (carrier) => {
    expectPong(
      await exchange(
        carrier,
        [...reply].map((byte) => Buffer.of(byte)),
      ),
    )
  })

  it.each(carriers)(
    "has one trailer frame when the trailers come late, over several reads (C20, %s)",
    async (carrier) => {
      const scene = await rawScene()
      const call = callPage(scene.bridge.address, { carrier })
      const peer = await scene.backend.peer(1)
      await peer.stream(1)
      peer.send(head, dataFrame(1, grpcMessage("pong").subarray(0, 7)))
      await nextTurn()
      peer.send(dataFrame(1, grpcMessage("pong").subarray(7)), dataFrame(1, Buffer.alloc(0)))
      for (const byte of trailers) {
        await nextTurn()
        peer.send(Buffer.of(byte))
      }
      expectPong(await call)
    },
  )

  it.each(carriers)(
    "is a status in the head with an empty body when it is Trailers-Only (C18, %s)",
    async (carrier) => {
      const only = ["grpc-status", "3", "grpc-message", "no%20name", "grpc-status-details-bin", "CAMS", "t1", "x"]
      const answer = await exchange(carrier, [headersFrame(1, [":status", "200", ...contentType, ...only], true)])
      expect(answer).toMatchObject({
        httpStatus: 200,
        code: 3,
        message: "no%20name",
        messages: [],
        trailers: [],
        openBytes: 0,
      })
      expect(answer.fields.get("t1")).toBe("x")
      expect(answer.fields.get("grpc-status-details-bin")).toBe("CAMS")
      expect(answer.fields.get("content-type")).toBe("application/grpc-web+proto")
    },
  )

  it.each(carriers)("keeps the head's metadata when no message comes before the trailers (%s)", async (carrier) => {
    const answer = await exchange(carrier, [Buffer.concat([head, headersFrame(1, ["grpc-status", "5"], true)])])
    expect(answer).toMatchObject({ code: 5, messages: [], isCut: false })
    expect(answer.fields.get("x-first")).toBe("1")
    expect(answer.trailers).toHaveLength(1)
  })
})

function expectPong(answer: PageAnswer): void {
  expect(answer).toMatchObject({ httpStatus: 200, code: 0, isCut: false, openBytes: 0 })
  expect(answer.messages.map(String)).toEqual(["pong"])
  expect(answer.fields.get("x-first")).toBe("1")
  expect(answer.trailers.map((block) => [...block])).toEqual([Object.entries({ "grpc-status": "0", "x-last": "2" })])
}

/** Calls through a new bridge: on a new connection to the backend the bytes are the same each time, and no back-off delays it. */
async function exchange(carrier: TestCarrier, parts: readonly Buffer[]): Promise<PageAnswer> {
  const { backend, bridge } = await rawScene()
  const call = callPage(bridge.address, { carrier })
  const peer = await backend.peer(1)
  await peer.stream(1)
  for (const part of parts) {
    peer.send(part)
    await nextTurn()
  }
  return call
}
