import { Base64Decoder, encodeFrame } from "@causeway/protocol"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { RequestPump } from "./request-pump.ts"
import { requestScene, Sink } from "../../test/support/request-scene.ts"

const message = (text: string): Uint8Array => encodeFrame(0, Buffer.from(text))
const three = Buffer.concat([message("one"), message(""), message("the third")])
const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

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

  it("gives a message that trickles no more time than its bytes have earned, whatever size it declares", () => {
    const { pump, events, stalls, at } = requestScene()
    pump.data(three)
    expect(stalls.size).toBe(0)
    at(5_000)
    const slow = message("x".repeat(80_000))
    for (let sent = 0; sent < 8; sent++) {
      at(5_000 + sent * 120)
      pump.data(slow.subarray(sent, sent + 1))
    }
    at(6_000)
    expect([events, stalls.size]).toEqual([[], 1])
    at(6_001) // eight bytes at 8 KB/s
    expect(events).toEqual(["ended: slow-upload"])
  })

  it("ends a message, however it comes, in the first moment in which it is late at 8 KB/s, and at no other", () => {
    const part = fc.record({ afterMs: fc.nat(1_500), bytes: fc.integer({ min: 1, max: 12_000 }) })
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const { pump, events, at } = requestScene({ wire: "grpc" })
        const body = message("x".repeat(60_000))
        pump.data(body.subarray(0, 1))
        let [now, sent] = [0, 1]
        let isLate = false
        for (const { afterMs, bytes } of parts) {
          now += afterMs
          at(now)
          isLate ||= sent < body.length && now >= 1_000 + sent / 8
          expect(events.length > 0).toBe(isLate)
          pump.data(body.subarray(sent, sent + bytes))
          sent += bytes
        }
      }),
    )
  })

  it("lets a client rest between messages, and times each message by itself", () => {
    const { pump, events, stalls, at } = requestScene()
    pump.data(three)
    at(10_000)
    pump.data(three.subarray(0, 9))
    at(10_900)
    pump.data(three.subarray(9, 14))
    at(11_800)
    expect([events, stalls.size]).toEqual([[], 1])
    pump.data(three.subarray(14))
    at(100_000)
    expect([events, stalls.size]).toEqual([[], 0])
  })

  it.each(["grpc-web", "grpc-web-text"] as const)(
    "waits for the first message of %s no longer than for others",
    (wire) => {
      const { events, stalls, at } = requestScene({ wire })
      at(999)
      expect([events, stalls.size]).toEqual([[], 1])
      at(1_000)
      expect(events).toEqual(["ended: slow-upload"])
    },
  )

  it("times the first message from the head: an early first byte gains no time", () => {
    const { pump, events, at } = requestScene()
    at(900)
    pump.data(three.subarray(0, 2))
    at(1_001)
    expect(events).toEqual(["ended: slow-upload"])
  })

  it("lets native gRPC open a stream and send much later; a message that has begun is timed", () => {
    const { pump, events, stalls, at } = requestScene({ wire: "grpc" })
    at(100_000)
    expect([events, stalls.size]).toEqual([[], 0])
    pump.data(three.subarray(0, 2))
    at(101_001)
    expect(events).toEqual(["ended: slow-upload"])
  })

  it("does not count the time in which the client was paused", async () => {
    const { pump, events, stalls, at } = requestScene()
    const sink = new Sink()
    sink.takes = false
    pump.attach(sink)
    at(500)
    pump.data(three.subarray(0, 10))
    await turnEnd()
    at(600)
    at(1_499)
    expect(events).toEqual(["pause"])
    sink.takes = true
    pump.upstreamDrained()
    expect([events, stalls.size]).toEqual([["pause", "resume"], 1])
    at(2_498)
    expect(events).toHaveLength(2)
    at(2_500)
    expect(events.at(-1)).toBe("ended: slow-upload")
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
