import { describe, expect, it } from "vitest"
import { dataFrame, goawayFrame, grpcMessage, H2Code, headersFrame, resetFrame } from "./support/h2-frames.ts"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage } from "./support/page-call.ts"
import type { RawPeer } from "./support/raw-h2.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { rawScene } from "./support/scene.ts"
import type { TestCarrier } from "./support/web-call.ts"
import { carriers } from "./support/web-call.ts"

const head = headersFrame(1, [":status", "200", "content-type", "application/grpc+proto", "x-first", "1"])
const a = dataFrame(1, grpcMessage("a"))
const b = dataFrame(1, grpcMessage("b"))
const largeBeginning = dataFrame(1, grpcMessage(Buffer.alloc(100_000)).subarray(0, 9_000))
const tooLarge = dataFrame(1, Buffer.of(0, 0xff, 0xff, 0xff, 0xff))

interface Loss {
  readonly name: string
  readonly frames: readonly Buffer[]
  readonly closes?: boolean
  readonly code: number
}

const losses: readonly Loss[] = [
  { name: "a message that is too large", frames: [tooLarge], code: 8 },
  { name: "RST_STREAM with INTERNAL_ERROR", frames: [resetFrame(1, H2Code.InternalError)], code: 13 },
  { name: "RST_STREAM with CANCEL", frames: [resetFrame(1, H2Code.Cancel)], code: 1 },
  { name: "RST_STREAM with NO_ERROR", frames: [resetFrame(1, H2Code.NoError)], code: 13 },
  { name: "the beginning of a large message and RST_STREAM", frames: [largeBeginning, resetFrame(1, 2)], code: 13 },
  { name: "GOAWAY and the end of the connection", frames: [goawayFrame(1, 2)], closes: true, code: 14 },
  { name: "the end of the connection", frames: [], closes: true, code: 14 },
]

describe.each(carriers)("messages that came whole before the reply was lost, over %s", (carrier) => {
  it.each(losses)("reach the page when $name comes in the same segment", async (loss) => {
    expectBoth(await answerOf(carrier, loss, [[head, a, b, ...loss.frames]]), loss)
  })

  it.each(losses)("reach the page when $name comes later", async (loss) => {
    const parts = [[head], [a], [b], loss.frames]
    const answer = await answerOf(carrier, loss, parts)
    expectBoth(answer, loss)
  })

  it.each(losses)("reach the page when the head came before, and $name with the messages", async (loss) => {
    expectBoth(await answerOf(carrier, loss, [[head], [a, b, ...loss.frames]]), loss)
  })
})

function expectBoth(answer: PageAnswer, loss: Loss): void {
  expect(answer.messages.map(String)).toEqual(["a", "b"])
  expect(answer).toMatchObject({ httpStatus: 200, code: loss.code, isCut: false })
  expect(answer.fields.get("x-first")).toBe("1")
}

async function answerOf(carrier: TestCarrier, loss: Loss, parts: readonly (readonly Buffer[])[]): Promise<PageAnswer> {
  const { backend, bridge } = await rawScene()
  const call = callPage(bridge.address, { carrier })
  const peer: RawPeer = await backend.peer(1)
  await peer.stream(1)
  for (const part of parts) {
    if (part.length > 0) peer.send(...part)
    await nextTurn()
  }
  if (loss.closes === true) peer.socket.end()
  return call
}
