import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { scriptedClients, wordsOf } from "./clients.ts"
import { bytes, chunked, join, okTrailer, trailerFrame, watchFrame } from "./grpc-web-bytes.ts"
import { outcomeOf } from "./outcome.ts"

describe("Q27: the outcome does not depend on how the bytes are cut into chunks", () => {
  const empty = watchFrame("").fill(0).subarray(0, 5)
  const bodies: [name: string, body: Uint8Array<ArrayBuffer>][] = [
    ["two messages and OK", join(watchFrame("a"), watchFrame("b"), okTrailer)],
    [
      "an empty message, and an error",
      join(empty, watchFrame("c"), trailerFrame("grpc-status:5", "grpc-message:gone")),
    ],
    ["no message", okTrailer],
    ["no trailers", join(watchFrame("a"), watchFrame("b"))],
    ["an end inside a message", join(watchFrame("a"), watchFrame("b").subarray(0, 8))],
    ["an end inside a frame's header", join(watchFrame("a"), watchFrame("b").subarray(0, 3))],
    ["a message after the trailers", join(watchFrame("a"), okTrailer, watchFrame("b"))],
    ["two trailers", join(watchFrame("a"), okTrailer, trailerFrame("grpc-status:3"))],
    ["a stray byte after the trailers", join(watchFrame("a"), okTrailer, new Uint8Array([0]))],
    ["flags that do not exist", join(watchFrame("a"), new Uint8Array([0x42, 0, 0, 0, 0]), okTrailer)],
    ["a message that is too long", join(watchFrame("a"), new Uint8Array([0, 0xff, 0, 0, 0]))],
    ["a message that is no message", join(watchFrame("a"), new Uint8Array([0, 0, 0, 0, 1, 0xff]), okTrailer)],
    ["a compressed message", join(watchFrame("a"), new Uint8Array([1, 0, 0, 0, 1, 9]), okTrailer)],
    ["trailers that are none", join(watchFrame("a"), new Uint8Array([0x80, 0, 0, 0, 2]), bytes("??"))],
  ]

  async function read(chunks: readonly Uint8Array[]) {
    const { audit } = scriptedClients([{ body: chunks }])
    const { messages, error } = await outcomeOf(audit.watch({}))
    return { words: wordsOf(messages), code: error?.code, source: error?.source, message: error?.message }
  }

  it.each(bodies)("%s: in one chunk, in two at every byte, byte by byte", async (_name, body) => {
    const whole = await read([body])
    expect(await read(chunked(body, 1))).toEqual(whole)
    for (let at = 0; at <= body.length; at++) {
      expect(await read([body.subarray(0, at), body.subarray(at)])).toEqual(whole)
    }
  })

  it("in any pieces, empty ones among them", async () => {
    const cases = bodies.map(([, body]) => body)
    const cuts = fc.array(fc.nat({ max: 80 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cases), cuts, async (body, at) => {
        const edges = [0, ...at.map((cut) => Math.min(cut, body.length)), body.length].sort((a, b) => a - b)
        const pieces = edges.slice(1).map((edge, index) => body.subarray(edges[index], edge))
        expect(await read(pieces)).toEqual(await read([body]))
      }),
    )
  })

  it("in a thousand chunks of one byte", async () => {
    const word = "x".repeat(980)
    const body = join(watchFrame(word), okTrailer)
    expect((await read(chunked(body, 1))).words).toEqual([word])
  })
})
