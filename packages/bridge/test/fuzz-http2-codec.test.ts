import fc from "fast-check"
import { expect, it } from "vitest"
import { backendFrames } from "./support/backend-frames.ts"
import { fuzzPatienceMs, fuzzRuns } from "./support/fuzz-runs.ts"
import { Flag, Type } from "./support/h2-frames.ts"
import type { Told } from "./support/told-connection.ts"
import { tellBoth, tellOfCodec } from "./support/told-connection.ts"
import { cutAt } from "./support/web-bodies.ts"

/**
 * Where the two may differ, and why:
 * - A connection that breaks loses its streams either way. Our codec says of a stream what it knew before: that a reset came, or a
 *   GOAWAY. node:http2 says only that the connection is lost.
 * - node:http2 tells an end without trailers as a reset with code 0 if the stream has closed by then. Our codec tells an end.
 * - Our codec checks frames of streams that have closed, and frames behind a GOAWAY, like any others. nghttp2 ignores some of them.
 * - A body longer than its content-length ends the stream (RFC 9113 §8.1.1). nghttp2 ends the connection, and every other call.
 * - Our codec decodes a field block once it is whole. nghttp2 decodes its parts as they come, and may find a mistake sooner.
 */
function expectSame(node: Told, codec: Told, frames: readonly Uint8Array[]): void {
  if (node.brokenAfter < codec.brokenAfter) {
    expect(frames.some((one) => isOpenBlock(one) || Buffer.from(one).includes("content-length"))).toBe(true)
    return
  }
  const isBroken = codec.brokenAfter < Infinity
  const usual = (told: Told): string[] =>
    told.streams
      .map((words) => words.replace("lost reset 0 maybe", "end null"))
      .map((words) => (isBroken ? words.replace(/ *lost .*/, "") : words))
  if (codec.brokenAfter < node.brokenAfter) {
    for (const [i, words] of usual(codec).entries()) expect(usual(node)[i].startsWith(words)).toBe(true)
  } else if (!isOpenBlock(frames.at(-1))) expect(usual(codec)).toEqual(usual(node))
  if (!isBroken) expect(codec.session).toEqual(node.session)
}

/** The end of a field block is missing. */
function isOpenBlock(one: Uint8Array | undefined): boolean {
  if (one === undefined) return false
  const [, , , type, flags] = one
  return (type === Type.Headers || type === Type.Continuation) && (flags & Flag.EndHeaders) === 0
}

const options = { timeout: fuzzPatienceMs }

it("tells the same as node:http2 of any frames that a backend sends", options, async () => {
  const property = fc.asyncProperty(backendFrames, async (frames) => {
    const { node, codec } = await tellBoth(frames)
    expectSame(node, codec, frames)
  })
  await fc.assert(property, fuzzRuns)
})

it("tells the same of the same bytes, however they are cut", options, async () => {
  const cuts = fc.array(fc.nat(), { minLength: 1, maxLength: 5 })
  // The part of a DATA frame that a cut leaves is passed on before the rest turns out to be more than the head has announced.
  const frames = backendFrames.map((all) => all.filter((one) => !one.includes("content-length")))
  const property = fc.asyncProperty(frames, cuts, async (all, offsets) => {
    const { streams, session } = await tellOfCodec(all)
    const cut = await tellOfCodec(cutAt(Buffer.concat(all), offsets))
    expect(cut.streams).toEqual(streams)
    expect(cut.session.toSorted()).toEqual(session.toSorted())
  })
  await fc.assert(property, fuzzRuns)
})
