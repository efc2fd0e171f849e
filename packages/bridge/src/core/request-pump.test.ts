import { Base64Decoder, encodeFrame } from "@causeway/protocol"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { RequestPump } from "./request-pump.ts"
import { message, requestScene, Sink, three, turnEnd } from "../../test/support/request-scene.ts"

/** The times of messages are in request-pump-times.test.ts. */
describe("RequestPump", () => {
  it("passes frames byte for byte, and the end after them, wherever the body is cut", async () => {
    for (let cut = 0; cut <= three.length; cut++) {
      const { pump } = requestScene()
      const sink = new Sink()
      pump.attach(sink)
      pump.data(three.subarray(0, cut))
      if (cut % 2 === 0) await turnEnd()
      pump.data(three.subarray(cut))
      pump.end()
      expect(sink.all).toEqual([three.toString("latin1"), true])
    }
  })

  it("passes text byte for byte, wherever its base64 is cut and padded", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(three.length)), fc.array(fc.nat(200)), (pads, cuts) => {
        const ends = [...pads.toSorted((a, b) => a - b), three.length]
        const segments = ends.map((end, i) => three.subarray(ends[i - 1] ?? 0, end).toString("base64"))
        const body = Buffer.from(segments.join(""))
        const { pump } = requestScene({ reader: new Base64Decoder() })
        const sink = new Sink()
        pump.attach(sink)
        const at = [0, ...cuts.map((cut) => cut % (body.length + 1)).toSorted((a, b) => a - b), body.length]
        for (let i = 1; i < at.length; i++) pump.data(body.subarray(at[i - 1], at[i]))
        pump.end()
        expect(sink.all).toEqual([three.toString("latin1"), true])
      }),
    )
  })

  it("joins the chunks of one turn into one write", async () => {
    const { pump } = requestScene()
    const sink = new Sink()
    pump.attach(sink)
    for (const byte of three) pump.data(Buffer.of(byte))
    expect(sink.written).toEqual([])
    await turnEnd()
    expect(sink.written).toEqual([three.toString("latin1")])
    pump.end()
    expect(sink.written).toEqual([three.toString("latin1"), null])
  })

  it("C13: never ends the backend's request inside a message", () => {
    for (let cut = 1; cut < three.length; cut++) {
      const isWhole = [8, 13].includes(cut)
      const { pump, events } = requestScene()
      const sink = new Sink()
      pump.attach(sink)
      pump.data(three.subarray(0, cut))
      pump.end()
      expect(sink.all[1]).toBe(isWhole)
      expect(events).toEqual(isWhole ? [] : ["ended: truncated-request"])
    }
  })

  it.each([
    ["a flag that gRPC does not know", Buffer.of(2), "bad-frame"],
    ["a trailer frame", Buffer.of(0x80), "bad-frame"],
    ["compression without an encoding", Buffer.of(1), "unexpected-compression"],
    ["a length over the limit", Buffer.of(0, 0, 1, 0x86, 0xa1), "request-too-large"],
    ["a length of 2^31 and more", Buffer.of(0, 0x80, 0, 0, 1), "request-too-large"],
  ])("refuses %s as soon as it can be seen, and passes nothing after it", async (_what, bytes, reason) => {
    const { pump, events } = requestScene()
    const sink = new Sink()
    pump.attach(sink)
    for (const byte of bytes) pump.data(Buffer.of(byte))
    expect(events).toEqual([`ended: ${reason}`])
    pump.data(three)
    pump.end()
    await turnEnd()
    expect(sink.all).toEqual([bytes.subarray(0, -1).toString("latin1"), false])
  })

  it("gives the backend the same complete messages, and never an end, wherever the bytes before a bad one are cut", async () => {
    const bad = [Buffer.of(2), Buffer.of(1), Buffer.of(0, 0, 1, 0x86, 0xa1), message("half").subarray(0, 7)]
    for (const end of bad) {
      const body = Buffer.concat([three, end])
      for (let cut = 0; cut <= body.length; cut++) {
        for (const isTurnBetween of [true, false]) {
          const { pump, events } = requestScene()
          const sink = new Sink()
          pump.attach(sink)
          pump.data(body.subarray(0, cut))
          if (isTurnBetween) await turnEnd()
          pump.data(body.subarray(cut))
          pump.end()
          expect(events).toHaveLength(1)
          expect(sink.all[0].startsWith(three.toString("latin1"))).toBe(true)
          expect(sink.all[1]).toBe(false)
        }
      }
    }
  })

  it("gives the backend the messages before the first byte that is not base64, wherever the text is cut", () => {
    const text = Buffer.from(`${three.toString("base64")}*`)
    for (let cut = 0; cut <= text.length; cut++) {
      const { pump, events } = requestScene({ reader: new Base64Decoder() })
      const sink = new Sink()
      pump.attach(sink)
      pump.data(text.subarray(0, cut))
      pump.data(text.subarray(cut))
      pump.end()
      expect(events).toEqual(["ended: bad-base64"])
      expect(sink.all).toEqual([three.toString("latin1"), false])
    }
  })

  it("refuses bytes that are not base64, at once or when they end", () => {
    for (const body of ["AAA*", "AAAAA"]) {
      const { pump, events } = requestScene({ reader: new Base64Decoder() })
      pump.data(Buffer.from(body))
      pump.end()
      expect(events).toEqual(["ended: bad-base64"])
    }
  })

  it("holds at most 64 KiB while there is no stream, and pauses the client for the rest", () => {
    const { pump, events } = requestScene()
    pump.data(encodeFrame(0, Buffer.alloc(65_275)))
    expect(events).toEqual([])
    pump.data(message("more"))
    pump.data(message("and more"))
    expect(events).toEqual(["pause"])
    const sink = new Sink()
    pump.attach(sink)
    expect(events).toEqual(["pause", "resume"])
    expect(sink.all[0].length).toBe(65_280 + 9 + 13)
  })

  it("pauses the client while the backend does not read, for a limited time", async () => {
    const { pump, events, stalls } = requestScene()
    const sink = new Sink()
    sink.takes = false
    pump.attach(sink)
    pump.data(three)
    await turnEnd()
    expect([events, stalls.size]).toEqual([["pause"], 1])
    pump.upstreamDrained()
    expect([events, stalls.size]).toEqual([["pause", "resume"], 0])
    pump.data(three)
    await turnEnd()
    pump.stalled("too-long")
    expect(events.at(-1)).toBe("ended: slow-backend")
  })

  it("ends an upload that is held back while no stream comes: its client may have left unnoticed", () => {
    const { pump, events, stalls, at } = requestScene()
    pump.data(encodeFrame(0, Buffer.alloc(70_000)))
    expect([events, stalls.size]).toEqual([["pause"], 1])
    at(1_000)
    expect(events).toEqual(["pause", "resume", "ended: backend-busy"])
  })

  it("ends a call whose request is held for a backend that does not read, when too much is held", async () => {
    const { pump, events } = requestScene()
    const sink = new Sink()
    sink.takes = false
    pump.attach(sink)
    pump.data(three)
    await turnEnd()
    pump.data(three)
    expect(pump.heldBytes).toBe(three.length + 256)
    pump.stalled("too-much")
    expect(events).toContain("ended: buffer-limit")
    expect(pump.heldBytes).toBe(0)
  })

  it("counts the cost of a chunk's object, so that a message sent byte by byte holds no more memory than a whole one", () => {
    const { pump, events } = requestScene()
    const bytes = encodeFrame(0, Buffer.alloc(1_000))
    for (let sent = 0; sent < bytes.length; sent++) {
      pump.data(bytes.subarray(sent, sent + 1))
      expect(pump.heldBytes).toBeLessThan(sent + 80 * 256)
    }
    expect(events).toEqual([])
  })

  it("sends another attempt the bytes sent before, then the waiting bytes, then the new ones", async () => {
    const { pump } = requestScene()
    pump.keep(1_000)
    const [first, second] = [new Sink(), new Sink()]
    pump.attach(first)
    pump.data(message("one"))
    await turnEnd()
    pump.data(message("two"))
    pump.detach()
    pump.data(message("three"))
    expect(pump.canReplay).toBe(true)
    pump.attach(second)
    pump.data(message("four"))
    pump.end()
    const all = Buffer.concat(["one", "two", "three", "four"].map(message)).toString("latin1")
    expect(first.all).toEqual([Buffer.from(message("one")).toString("latin1"), false])
    expect(second.all).toEqual([all, true])
    const third = new Sink()
    pump.detach()
    pump.attach(third)
    expect(third.all).toEqual([all, true])
  })

  it("cannot repeat a request beyond the limit, nor one that is committed", async () => {
    const { pump } = requestScene()
    pump.keep(300)
    pump.attach(new Sink())
    pump.data(message("one"))
    await turnEnd()
    expect(pump.canReplay).toBe(true)
    pump.data(message("two"))
    await turnEnd()
    expect(pump.canReplay).toBe(false)
    const other = requestScene().pump
    other.keep(10)
    other.commit()
    expect(other.canReplay).toBe(false)
  })

  it("drops the data after the call's end, and lets the client go on", () => {
    const { pump, events } = requestScene()
    const sink = new Sink()
    pump.data(encodeFrame(0, Buffer.alloc(70_000)))
    expect(events).toEqual(["pause"])
    pump.drop()
    expect(events).toEqual(["pause", "resume"])
    pump.attach(sink)
    pump.data(three)
    pump.end()
    expect(sink.written).toEqual([])
  })
})

describe("RequestPump and what its client's side tells", () => {
  type Told = (pump: RequestPump) => void
  it.each<[string, Told]>([
    ["too-fragmented", (pump) => pump.tooFragmented()],
    ["client-gone", (pump) => pump.gone()],
    ["internal", (pump) => pump.crashed(new Error("thrown"))],
  ])("ends the call as %s, and takes nothing of the request any more", async (reason, tell) => {
    const { pump, events } = requestScene()
    const sink = new Sink()
    pump.attach(sink)
    pump.data(three.subarray(0, 3))
    tell(pump)
    expect(events.filter((event) => event.startsWith("ended"))).toEqual([`ended: ${reason}`])
    const before = sink.all
    pump.data(three.subarray(3))
    pump.end()
    await turnEnd()
    expect([sink.all, pump.receivedBytes]).toEqual([before, 3])
  })

  it("counts the bytes as they came, base64 too", () => {
    const { pump } = requestScene({ reader: new Base64Decoder() })
    pump.data(Buffer.from("AAAA"))
    pump.data(Buffer.from("AAA="))
    expect(pump.receivedBytes).toBe(8)
  })
})
