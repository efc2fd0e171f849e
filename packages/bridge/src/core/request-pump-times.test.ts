import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { message, requestScene, Sink, three, turnEnd } from "../../test/support/request-scene.ts"

describe("the time that RequestPump gives a message", () => {
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
})
