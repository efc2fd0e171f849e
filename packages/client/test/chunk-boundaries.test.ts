import { Code, encodeBase64 } from "@causeway/protocol"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { textFormat } from "../src/index.ts"
import { scriptedClients, wordsOf } from "./clients.ts"
import { bytes, chunked, join, okTrailer, trailerFrame, watchFrame } from "./grpc-web-bytes.ts"
import { outcomeOf } from "./outcome.ts"

const empty = watchFrame("").fill(0).subarray(0, 5)
const bodies: [name: string, body: Uint8Array<ArrayBuffer>][] = [
  ["two messages and OK", join(watchFrame("a"), watchFrame("b"), okTrailer)],
  ["an empty message, and an error", join(empty, watchFrame("c"), trailerFrame("grpc-status:5", "grpc-message:gone"))],
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

async function read(chunks: readonly Uint8Array[], form?: Form) {
  const headers = form && { "content-type": form.answerType }
  const { audit } = scriptedClients([{ headers, body: chunks }], form && { format: textFormat() })
  const { messages, error } = await outcomeOf(audit.watch({}))
  return { words: wordsOf(messages), code: error?.code, source: error?.source, message: error?.message }
}

/** The encoding of a body and its content type; undefined: binary. */
interface Form {
  readonly answerType: string
  write(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
}

const inOnePiece: Form = { answerType: "application/grpc-web-text+proto", write: encodeBase64 }
const inSegments: Form = {
  answerType: "application/grpc-web-text",
  write: (body) => join(...chunked(body, 4).map(encodeBase64)),
}

describe.each<[name: string, form: Form | undefined]>([
  ["binary", undefined],
  ["text in one piece", inOnePiece],
  ["text in padded segments", inSegments],
])("Q27: the outcome does not depend on how the bytes are cut into chunks: %s", (_form, form) => {
  const written = (body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => form?.write(body) ?? body

  it.each(bodies)("%s: in one chunk, in two at every byte, byte by byte", async (_name, plain) => {
    const whole = await read([plain])
    const body = written(plain)
    expect(await read([body], form)).toEqual(whole)
    expect(await read(chunked(body, 1), form)).toEqual(whole)
    for (let at = 0; at <= body.length; at++) {
      expect(await read([body.subarray(0, at), body.subarray(at)], form)).toEqual(whole)
    }
  })

  it("in any pieces, empty ones among them", async () => {
    const cuts = fc.array(fc.nat({ max: 160 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bodies), cuts, async ([, plain], at) => {
        const body = written(plain)
        const edges = [0, ...at.map((cut) => Math.min(cut, body.length)), body.length].sort((a, b) => a - b)
        const pieces = edges.slice(1).map((edge, index) => body.subarray(edges[index], edge))
        expect(await read(pieces, form)).toEqual(await read([plain]))
      }),
    )
  })

  it("in a thousand chunks of one byte", async () => {
    const word = "x".repeat(980)
    const body = written(join(watchFrame(word), okTrailer))
    expect((await read(chunked(body, 1), form)).words).toEqual([word])
  })
})

describe("Q27: invalid text has one outcome for every cut", () => {
  const good = Buffer.from(join(watchFrame("a"), okTrailer)).toString("base64")
  const message = Buffer.from(watchFrame("a")).toString("base64")
  const brokenOff = { words: ["a"], code: Code.Unavailable, source: "network" }
  const notText = { words: ["a"], code: Code.Internal, source: "protocol" }

  it.each([
    ["a character that is not base64", `${message}*${good}`, notText],
    ["padding in the middle of a group", `${message}A=AA${good}`, notText],
    ["a line break after the trailers", `${good}\n`, notText],
    ["an end after one character of a group", `${message}A`, brokenOff],
    ["no trailers", message, brokenOff],
  ])("%s", async (_name, text, outcome) => {
    const body = bytes(text)
    const whole = await read([body], inOnePiece)
    expect(whole).toMatchObject(outcome)
    for (let at = 0; at <= body.length; at++) {
      expect(await read([body.subarray(0, at), body.subarray(at)], inOnePiece)).toEqual(whole)
    }
  })

  it("without the padding at its end is still valid", async () => {
    const padded = Buffer.from(join(watchFrame("ab"), okTrailer)).toString("base64")
    expect(padded).toMatch(/=$/)
    expect(await read([bytes(padded.replace(/=+$/, ""))], inOnePiece)).toMatchObject({ words: ["ab"], code: undefined })
  })
})
