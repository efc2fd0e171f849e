import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { OpenCall } from "./call.ts"
import { BridgeError } from "./errors.ts"
import type { ReplySink } from "./reply.ts"
import { frame, gone, lost, ok, replyScene } from "../../test/support/reply-scene.ts"

const small = Buffer.concat([frame(3, "a"), frame(0), frame(12, "b")])

describe("ReplyPump", () => {
  it("passes frames byte for byte and ends with the status, wherever they are split", () => {
    const body = Buffer.concat([small, frame(70_000, "c"), frame(1, "d")])
    const splits = fc.array(fc.nat(body.length), { maxLength: 20 })
    fc.assert(
      fc.property(splits, fc.boolean(), (cuts, flushes) => {
        const { pump, stream, text, events, record } = replyScene()
        const sink = stream()
        const edges = [0, ...cuts.toSorted((a, b) => a - b), body.length]
        for (let i = 1; i < edges.length; i++) {
          sink.data(body.subarray(edges[i - 1], edges[i]))
          if (flushes) pump.flush()
        }
        sink.end(ok)
        expect(text()).toBe(`<${body.toString("latin1")}>0`)
        expect(events).toEqual(["end", "ended 0"])
        expect(record).toMatchObject({ replyBytes: body.length, replyMessages: 5 })
      }),
    )
  })

  it("cut at any byte of small messages, ends with complete messages and a status that is no success", () => {
    for (let cut = 0; cut <= small.length; cut++) {
      for (const flushes of [true, false]) {
        const { pump, stream, text, events } = replyScene()
        const sink = stream()
        sink.data(small.subarray(0, cut))
        if (flushes) pump.flush()
        sink.end(ok)
        const wholes = [0, 8, 13, 30].filter((edge) => edge <= cut).at(-1) as number
        const isWhole = wholes === cut
        const body = small.subarray(0, wholes).toString("latin1")
        expect(text()).toBe(`<${body}>${isWhole ? 0 : 13}`)
        expect(events).toContain("end")
      }
    }
  })

  it("aborts inside a large message that was sent in part, whatever ends the call", () => {
    const ends: ((sink: ReplySink, call: OpenCall) => void)[] = [
      (sink) => sink.end(ok),
      (sink) => sink.end(gone),
      (_sink, call) => call.fail(lost),
    ]
    for (const end of ends) {
      const { pump, call, stream, text, events } = replyScene()
      const sink = stream()
      sink.data(Buffer.concat([small, frame(70_000).subarray(0, 9_000)]))
      pump.flush()
      end(sink, call)
      expect(events).toContainEqual(expect.stringMatching(/^abort /))
      expect(events).not.toContain("end")
      expect(text()).not.toContain(">")
    }
  })

  it("sends a status instead while no part of the large message was sent", () => {
    const { call, stream, text, events } = replyScene()
    stream().data(frame(70_000).subarray(0, 9_000))
    call.fail(lost)
    expect(text()).toBe("<>14")
    expect(events).toEqual(["cancel", "end", "ended 14"])
  })

  it("ends with a readable status again once a large message is complete", () => {
    const { pump, call, stream, text, events } = replyScene()
    const sink = stream()
    sink.data(frame(70_000).subarray(0, 9_000))
    pump.flush()
    sink.data(Buffer.concat([frame(70_000).subarray(9_000), small.subarray(0, 10)]))
    pump.flush()
    call.fail(lost)
    expect(events).toContain("end")
    expect(text()).toHaveLength(1 + 70_005 + 8 + 3)
  })

  it("answers a failure before the head with a status alone, and the first failure counts", () => {
    const { call, text, events } = replyScene()
    call.fail(lost)
    call.fail(new BridgeError("internal", "second"))
    expect(text()).toBe("=14")
    expect(events).toEqual(["end", "ended 14"])
  })

  it("pauses the backend while the client does not read, and resumes it afterwards", () => {
    const { pump, stream, events, stalls, isFree } = replyScene({ isFree: false })
    const sink = stream()
    sink.data(frame(10))
    pump.flush()
    sink.data(frame(10))
    pump.flush()
    expect(events).toEqual(["pause"])
    expect(stalls.size).toBe(1)
    isFree(true)
    pump.clientDrained()
    expect(events).toEqual(["pause", "resume"])
    expect(stalls.size).toBe(0)
  })

  it("joins what comes while the client does not read, however small the backend's pieces are", () => {
    const { pump, stream, text, isFree, written } = replyScene({ isFree: false })
    const sink = stream()
    sink.data(frame(10))
    pump.flush()
    const before = pump.heldBytes
    const pieces = Array.from({ length: 1_000 }, (_, i) => frame(9, String(i % 10)))
    for (const [i, piece] of pieces.entries()) {
      sink.data(piece)
      expect(pump.heldBytes - before).toBeLessThanOrEqual(14 * (i + 1) + 256 * ((i + 1) / 64 + 64)) // loose, and joined
    }
    sink.data(frame(9).subarray(0, 6))
    pump.compact()
    expect(pump.heldBytes - before).toBeLessThan(14 * 1_001 + 3 * 256)
    isFree(true)
    pump.clientDrained()
    expect(written).toHaveLength(2)
    expect(text()).toBe(`<${Buffer.concat([frame(10), ...pieces]).toString("latin1")}`)
  })

  it("joins the pieces of a message that comes byte by byte: their objects would cost a hundred times their bytes", () => {
    const { pump, stream, text } = replyScene()
    const sink = stream()
    pump.flush()
    const whole = frame(10_000)
    for (let at = 0; at < whole.length - 1; at++) {
      sink.data(whole.subarray(at, at + 1))
      expect(pump.heldBytes).toBeLessThan(1_000 + at + 66 * 256)
    }
    sink.data(whole.subarray(-1))
    pump.flush()
    expect(text()).toBe(`<${whole.toString("latin1")}`)
  })

  it("drops the beginning of a large message that waits in one piece, when the call fails", () => {
    const { pump, call, stream, text, events } = replyScene({ isFree: false })
    const sink = stream()
    sink.data(frame(10))
    pump.flush()
    for (const piece of [frame(3, "a"), frame(4, "b"), frame(70_000).subarray(0, 9_000)]) sink.data(piece)
    for (let i = 0; i < 200; i++) sink.data(Buffer.alloc(45))
    pump.compact()
    call.fail(lost)
    expect(text()).toBe(`<${Buffer.concat([frame(10), frame(3, "a"), frame(4, "b")]).toString("latin1")}>14`)
    expect(events).toContain("end")
  })

  it("releases at once the bytes that a client does not read, when too much is held", () => {
    const { pump, stream, events, stalls } = replyScene({ isFree: false })
    stream().data(frame(10))
    pump.flush()
    expect(pump.heldBytes).toBe(1_000)
    pump.stalled("too-much")
    expect(events).toEqual(["pause", "cancel", "ended 8", "abort buffer-limit"])
    expect([pump.heldBytes, stalls.size]).toEqual([1_000, 0]) // the exchange of this test never releases its bytes
  })

  it("is cut with nothing left that waits, when even its end throws", () => {
    const { pump, request, events, stalls } = replyScene()
    request.data(frame(10).subarray(0, 7))
    expect(stalls.size).toBe(1)
    pump.cut(lost)
    expect(events).toEqual(["ended 14", "abort backend-lost"])
    expect(stalls.size).toBe(0)
  })

  it("ends the call of a client that has not read for too long", () => {
    const { pump, stream, events } = replyScene({ isFree: false })
    stream().data(frame(10))
    pump.flush()
    pump.stalled("too-long")
    expect(events).toEqual(["pause", "cancel", "end", "ended 8"])
  })

  it("cancels the backend when the client leaves, and writes nothing more", () => {
    const { pump, stream, written, events, stalls } = replyScene({ isFree: false })
    const sink = stream()
    sink.data(frame(10))
    pump.flush()
    const before = written.length
    pump.clientGone()
    sink.data(frame(10))
    sink.end(ok)
    pump.flush()
    expect(written).toHaveLength(before)
    expect(events).toEqual(["pause", "cancel", "ended 1"])
    expect(stalls.size).toBe(0)
  })

  it("cancels a reply that arrives after the end of the call", () => {
    const { call, stream, events } = replyScene()
    call.fail(lost)
    stream()
    expect(events).toEqual(["end", "ended 14", "cancel"])
  })

  it.each([
    [frame(1_000_001).subarray(0, 5), 8],
    [Buffer.of(0x80), 13],
    [Buffer.of(1), 13],
  ])("refuses a bad frame at its prefix, and passes on the messages before it: %o is status %i", (bytes, code) => {
    const { stream, text, events } = replyScene()
    stream().data(Buffer.concat([small, bytes]))
    expect(text()).toBe(`<${small.toString("latin1")}>${code}`)
    expect(events[0]).toBe("cancel")
  })
})
