import { Base64Decoder, FrameDecoder } from "@causeway/protocol"
import fc from "fast-check"
import { expect, it } from "vitest"
import { fuzzPatienceMs, fuzzRuns } from "./support/fuzz-runs.ts"
import { dataFrame, grpcMessage, headersFrame } from "./support/h2-frames.ts"
import { callPage } from "./support/page-call.ts"
import { grpcScene, rawScene } from "./support/scene.ts"
import { anyDamage, cutAt, damaged, webBody, wireFields } from "./support/web-bodies.ts"
import type { WebBody } from "./support/web-bodies.ts"
import { carriers, openWebCall } from "./support/web-call.ts"
import type { WebReply } from "./support/web-call.ts"

const options = { timeout: fuzzPatienceMs }

/** The payloads of these frames. Null: they are not complete messages. */
function messagesOf(bytes: Uint8Array): string[] | null {
  const messages: string[] = []
  const decoder = new FrameDecoder({ maxMessageBytes: 4_194_304, maxTrailerBytes: 0 })
  let isRight = true
  const violation = decoder.push(bytes, ({ flags, payload }) => {
    isRight &&= flags === 0
    messages.push(Buffer.from(payload).toString("latin1"))
  })
  return isRight && violation === null && decoder.isAtBoundary ? messages : null
}

function requestMessages(bytes: Buffer, isText: boolean): string[] | null {
  if (!isText) return messagesOf(bytes)
  const decoder = new Base64Decoder()
  const [decoded, rest] = [decoder.push(bytes), decoder.end()]
  return decoded === null || rest === null ? null : messagesOf(Buffer.concat([decoded, rest]))
}

/** Sends this body. Null: the answer was cut. */
async function send(address: string, body: WebBody, bytes: Buffer): Promise<WebReply | null> {
  const call = await openWebCall(address, body.carrier, "/test.Service/Method", wireFields(body))
  try {
    for (const chunk of cutAt(bytes, body.cuts)) call.write(chunk)
    call.end()
    return await call.reply().catch((error: unknown) => {
      if (call.isCut) return null
      throw error // no answer came: the call hangs
    })
  } finally {
    call.close()
  }
}

it(
  "never answers a damaged request with success, unless its messages are still complete, and then they arrive",
  options,
  async () => {
    const { bridge } = await grpcScene(async (call) => {
      for await (const message of call.messages) if (!call.message(message)) await call.drained()
      call.end()
    })
    const property = fc.asyncProperty(webBody, anyDamage, async (body, damage) => {
      const bytes = damaged(body.bytes, damage)
      const expected = requestMessages(bytes, body.isText)
      const reply = await send(bridge.address, body, bytes)
      if (expected === null) expect(reply?.code).not.toBe(0)
      else expect(reply).toMatchObject({ code: 0, messages: expected })
    })
    await fc.assert(property, fuzzRuns)
  },
)

/** The raw backend obeys no window, so an answer must fit into the one that the bridge gives a stream (128 KiB). */
const maxAnswerBytes = 120_000

/** Lengths of messages. Some are about as long as the bridge passes on whole (64 KiB). */
const sizes = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 60_000, max: 80_000 })), { maxLength: 4 })
  .filter((lengths) => lengths.reduce((sum, length) => sum + length, 0) <= maxAnswerBytes)
const head = (id: number): Buffer => headersFrame(id, [":status", "200", "content-type", "application/grpc"])
const trailers = (id: number): Buffer => headersFrame(id, ["grpc-status", "0"], true)

/** The byte of every payload. It cannot begin a frame, so a wrong length is always noticed. */
const filler = 0x55

/** DATA frames no larger than the bridge takes, cut at these offsets too. */
function dataFrames(id: number, bytes: Uint8Array, cuts: readonly number[]): Buffer[] {
  const every = Array.from({ length: Math.floor(bytes.length / 16_384) }, (_, i) => (i + 1) * 16_384)
  return cutAt(bytes, [...cuts, ...every]).map((part) => dataFrame(id, part))
}

it("never passes a damaged answer on as a success with other messages", options, async () => {
  let answer: (id: number) => readonly Buffer[] = () => []
  const { bridge } = await rawScene((peer) => {
    peer.onFrame = ({ streamId }) => {
      if (!peer.hasEnded(streamId)) return
      peer.forget(streamId)
      peer.send(...answer(streamId))
    }
  })
  const cuts = fc.array(fc.nat(), { maxLength: 4 })
  const property = fc.asyncProperty(
    sizes,
    cuts,
    anyDamage,
    fc.constantFrom(...carriers),
    async (lengths, offsets, damage, carrier) => {
      const body = Buffer.concat(lengths.map((length) => grpcMessage(Buffer.alloc(length, filler))))
      const bytes = damaged(body, damage)
      answer = (id) => [head(id), ...dataFrames(id, bytes, offsets), trailers(id)]
      const expected = messagesOf(bytes)
      const { code, messages, isCut } = await callPage(bridge.address, { carrier })
      if (expected === null) expect(code).not.toBe(0)
      else expect([code, isCut, messages.map((one) => one.toString("latin1"))]).toEqual([0, false, expected])
    },
  )
  await fc.assert(property, fuzzRuns)
})

it("never reports success when an HTTP/2 connection's bytes were damaged, and keeps no call", options, async () => {
  let answer: (id: number) => Buffer = () => Buffer.alloc(0)
  const { bridge } = await rawScene((peer) => {
    peer.onFrame = ({ streamId }) => {
      if (!peer.hasEnded(streamId)) return
      peer.forget(streamId)
      peer.send(answer(streamId))
    }
  })
  const property = fc.asyncProperty(
    sizes,
    anyDamage,
    fc.constantFrom(...carriers),
    async (lengths, damage, carrier) => {
      const body = Buffer.concat(lengths.map((length) => grpcMessage(Buffer.alloc(length, filler))))
      answer = (id) => damaged(Buffer.concat([head(id), ...dataFrames(id, body, []), trailers(id)]), damage)
      // After some damage the bridge waits for bytes that never come: then the deadline ends the call.
      const page = await callPage(bridge.address, { carrier, fields: ["grpc-timeout", "100m"] })
      if (page.code === 0) expect(page.messages.map(({ length }) => length)).toEqual(lengths)
    },
  )
  await fc.assert(property, fuzzRuns)
})
