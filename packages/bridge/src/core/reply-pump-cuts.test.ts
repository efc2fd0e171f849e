import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { frame, gone, lost, ok, replyScene } from "../../test/support/reply-scene.ts"

/** A reply: frames, perhaps a bad one at their end, the number of bytes that arrive, and the event after them. */
interface AnyReply {
  readonly sizes: readonly number[]
  readonly bad: { readonly bytes: Buffer; readonly seenAt: number; readonly code: number } | null
  readonly bytes: Buffer
  readonly received: number
  readonly end: "ok" | "status" | "lost"
}

const bads = [
  { bytes: frame(1_000_001).subarray(0, 5), seenAt: 5, code: 8 },
  { bytes: Buffer.of(0x80, 0, 0, 0, 1), seenAt: 1, code: 13 },
]
const sizes = fc.array(fc.constantFrom(0, 1, 7, 65_530, 65_531, 65_532, 70_000, 140_000), { maxLength: 5 })
const replies: fc.Arbitrary<AnyReply> = fc
  .record({
    sizes,
    bad: fc.option(fc.constantFrom(...bads)),
    end: fc.constantFrom("ok" as const, "status" as const, "lost" as const),
    breaksOff: fc.option(fc.nat()),
  })
  .map(({ sizes, bad, end, breaksOff }) => {
    const bytes = Buffer.concat([...sizes.map((size) => frame(size)), bad?.bytes ?? Buffer.alloc(0)])
    return { sizes, bad, bytes, received: breaksOff === null ? bytes.length : breaksOff % (bytes.length + 1), end }
  })

/** The expected result at the client. */
function expectedEnd({ sizes, bad, bytes, received, end }: AnyReply): {
  messages: string
  code: number
  mayBeCut: boolean
} {
  let whole = 0
  let next = 0
  while (next < sizes.length && whole + 5 + sizes[next] <= received) whole += 5 + sizes[next++]
  const messages = bytes.toString("latin1", 0, whole)
  if (bad !== null && next === sizes.length && received >= whole + bad.seenAt) {
    return { messages, code: bad.code, mayBeCut: false }
  }
  const mayBeCut = received - whole >= 5 && 5 + (sizes[next] ?? 0) > 65_536
  if (end === "ok") return { messages, code: received === whole ? 0 : 13, mayBeCut }
  return { messages, code: end === "lost" ? 14 : 5, mayBeCut }
}

describe("ReplyPump", () => {
  it("gives a client the same messages and the same kind of end, wherever the bytes are cut and wherever they break off", () => {
    fc.assert(
      fc.property(replies, fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 12 }), (reply, cuts) => {
        const { pump, call, stream, text, events } = replyScene()
        const sink = stream()
        const bytes = reply.bytes.subarray(0, reply.received)
        const at = cuts.map(([cut, flushes]) => ({ cut: cut % (bytes.length + 1), flushes }))
        let from = 0
        for (const { cut, flushes } of [...at, { cut: bytes.length, flushes: false }].toSorted(
          (a, b) => a.cut - b.cut,
        )) {
          sink.data(bytes.subarray(from, cut))
          from = cut
          if (flushes) pump.flush()
        }
        if (reply.end === "lost") call.fail(lost)
        else sink.end(reply.end === "ok" ? ok : gone)
        const expected = expectedEnd(reply)
        if (events.includes("end")) expect(text()).toBe(`<${expected.messages}>${expected.code}`)
        else {
          expect(expected.mayBeCut).toBe(true)
          expect(text().startsWith(`<${expected.messages}`)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})
