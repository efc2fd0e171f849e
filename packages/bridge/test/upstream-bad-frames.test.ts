import { describe, expect, it } from "vitest"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage } from "./support/page-call.ts"
import { dataFrame, grpcMessage, H2Code, headersFrame } from "./support/h2-frames.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { rawScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"

const head = (more: readonly string[] = []): Buffer =>
  headersFrame(1, [":status", "200", "content-type", "application/grpc", ...more])

/** Answers with these pieces of a body, one after the other, and then nothing; the bridge must reset the stream. */
async function answerWith(
  bodies: readonly Buffer[],
  more: readonly string[] = [],
  carrier = carriers[0],
): Promise<PageAnswer> {
  const { backend, bridge } = await rawScene(undefined, { maxReplyMessageBytes: 1_000 })
  const call = callPage(bridge.address, { carrier })
  const peer = await backend.peer(1)
  await peer.stream(1)
  peer.send(head(more))
  for (const body of bodies) {
    peer.send(dataFrame(1, body))
    await nextTurn()
  }
  const answer = await call
  expect(await peer.reset(1)).toBe(H2Code.Cancel)
  return answer
}

describe("a backend's message with flags that gRPC does not know", () => {
  it.each([0x02, 0x03, 0x40, 0x7f, 0x80, 0x81, 0xff])("is INTERNAL: %i", async (flags) => {
    for (const carrier of carriers) {
      const answer = await answerWith([grpcMessage("whole"), grpcMessage("x", flags)], [], carrier)
      expect(answer).toMatchObject({ code: 13, reason: "backend-bad-frame", isCut: false, openBytes: 0 })
      expect(answer.messages.map(String)).toEqual(["whole"])
      expect(answer.trailers).toHaveLength(1)
    }
  })

  it("is INTERNAL when it is flagged as compressed and no encoding was announced (C12)", async () => {
    expect(await answerWith([grpcMessage("x", 1)])).toMatchObject({ code: 13, reason: "backend-bad-frame" })
  })

  it.each([1, 2, 3, 4])("is found by its first byte, whatever follows: %i bytes of the prefix", async (length) => {
    const answer = await answerWith([grpcMessage("x", 0x55).subarray(0, length)])
    expect(answer).toMatchObject({ code: 13, reason: "backend-bad-frame", isCut: false })
  })
})

describe("a backend's message over the limit (C10, C56)", () => {
  it.each(carriers)("is RESOURCE_EXHAUSTED that names size and limit, by its prefix alone (%s)", async (carrier) => {
    for (const size of [1_001, 0x7fffffff, 0x80000001, 0xffffffff]) {
      const prefix = Buffer.alloc(5)
      prefix.writeUInt32BE(size, 1)
      const answer = await answerWith([grpcMessage("whole"), prefix], [], carrier)
      expect(answer).toMatchObject({ code: 8, reason: "reply-too-large", isCut: false, openBytes: 0 })
      expect(answer.messages.map(String)).toEqual(["whole"])
      expect(answer.message).toContain(` ${size} `)
      expect(answer.message).toContain("1000")
    }
  })

  it("of exactly the limit passes", async () => {
    const { backend, bridge } = await rawScene(undefined, { maxReplyMessageBytes: 1_000 })
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    await peer.stream(1)
    peer.send(head(), dataFrame(1, grpcMessage(Buffer.alloc(1_000))), headersFrame(1, ["grpc-status", "0"], true))
    expect(await call).toMatchObject({ code: 0, isCut: false })
  })
})
