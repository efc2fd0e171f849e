import { emptyMetadata, MetadataList } from "@causeway/protocol"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { OpenCall } from "./call.ts"
import { CallRecord } from "./call.ts"
import { CallPumps } from "./call-pumps.ts"
import { BridgeError } from "./errors.ts"
import type { Exchange, ResponseHead } from "./exchange.ts"
import { FlushTurn } from "./flush-turn.ts"
import type { PumpContext } from "./pump-context.ts"
import type { ReplySink, ReplySource, Status } from "./reply.ts"
import { StallClock } from "./stall-clock.ts"
import type { ReplyWriter } from "./wire.ts"

const peer = { address: "test", carrier: "http1", isTls: false } as const
const ok: Status = { code: 0, message: "", metadata: emptyMetadata, error: null }
const gone: Status = { ...ok, code: 5 }
const lost = new BridgeError("backend-lost", "lost")

/** A wire that makes every step readable: `<` head, frames unchanged, `>` and the code at the end, `=` a head alone. */
const writer: ReplyWriter = {
  head: () => ({ status: 200, fields: ["<"] }),
  data: (frames) => frames,
  end: ({ code }) => ({ body: Buffer.from(`>${code}`), trailers: null }),
  statusOnly: (_metadata, { code }) => ({ status: 200, fields: [`=${code}`] }),
}

/** A pump between a test's backend and a recording exchange. */
function scene(options: { isFree?: boolean; takesEnd?: boolean } = {}) {
  let head = ""
  const written: Buffer[] = []
  const events: string[] = []
  let takes = options.isFree ?? true
  const exchange: Exchange = {
    head: { method: "POST", target: "/a/b", authority: null, fields: [] },
    peer,
    start() {},
    pause() {},
    resume() {},
    unsentBytes: 1_000,
    respond: (response: ResponseHead) => void (head = response.fields[0]),
    write(chunks) {
      written.push(Buffer.concat([Buffer.from(head), ...chunks]))
      head = ""
      return takes
    },
    end(chunks) {
      written.push(Buffer.concat([Buffer.from(head), ...chunks]))
      events.push("end")
      return options.takesEnd ?? true
    },
    abort: (why) => void events.push(`abort ${why.reason}`),
  }
  const stalls = new StallClock({ stallTimeoutMs: 1_000, maxBufferedBytes: 1_000_000 })
  const turn = new FlushTurn()
  const context: PumpContext = { turn, stalls, maxRequestMessageBytes: 1_000_000, maxReplyMessageBytes: 1_000_000 }
  const record = new CallRecord(1, 0, peer, "POST", "/a/b")
  const callHead = {
    received: { method: "POST", target: "/a.B/C", authority: "h", fields: [] },
    wire: "grpc", // its client's first message is not timed
    suffix: "",
    clientDeadline: Infinity,
    metadata: emptyMetadata,
    encoding: null,
  } as const
  const pumps = new CallPumps(exchange, { reader: null, writer }, context, record, callHead, (where) => {
    events.push(`crash ${where}`)
  })
  const { call, reply: pump } = pumps
  call.onEnd((status) => void events.push(`ended ${status.code}`))
  pumps.start()
  const source = {
    start() {},
    pause: () => void events.push("pause"),
    resume: () => void events.push("resume"),
    cancel: () => void events.push("cancel"),
  }
  const stream = (): ReplySink => {
    pump.reply({ kind: "stream", metadata: emptyMetadata, contentType: "application/grpc", source })
    return pump
  }
  const text = (): string => Buffer.concat(written).toString("latin1")
  const isFree = (value: boolean): void => void (takes = value)
  return { pump, request: pumps.request, call, events, written, stream, text, stalls, isFree, record }
}

function frame(size: number, letter = "x"): Buffer {
  const bytes = Buffer.alloc(5 + size, letter)
  bytes.writeUInt8(0)
  bytes.writeUInt32BE(size, 1)
  return bytes
}

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

const small = Buffer.concat([frame(3, "a"), frame(0), frame(12, "b")])

describe("ReplyPump", () => {
  it("passes frames byte for byte and ends with the status, wherever they are split", () => {
    const body = Buffer.concat([small, frame(70_000, "c"), frame(1, "d")])
    const splits = fc.array(fc.nat(body.length), { maxLength: 20 })
    fc.assert(
      fc.property(splits, fc.boolean(), (cuts, flushes) => {
        const { pump, stream, text, events, record } = scene()
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
        const { pump, stream, text, events } = scene()
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
      const { pump, call, stream, text, events } = scene()
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
    const { call, stream, text, events } = scene()
    stream().data(frame(70_000).subarray(0, 9_000))
    call.fail(lost)
    expect(text()).toBe("<>14")
    expect(events).toEqual(["cancel", "end", "ended 14"])
  })

  it("ends with a readable status again once a large message is complete", () => {
    const { pump, call, stream, text, events } = scene()
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
    const { call, text, events } = scene()
    call.fail(lost)
    call.fail(new BridgeError("internal", "second"))
    expect(text()).toBe("=14")
    expect(events).toEqual(["end", "ended 14"])
  })

  it("pauses the backend while the client does not read, and resumes it afterwards", () => {
    const { pump, stream, events, stalls, isFree } = scene({ isFree: false })
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
    const { pump, stream, text, isFree, written } = scene({ isFree: false })
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
    const { pump, stream, text } = scene()
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
    const { pump, call, stream, text, events } = scene({ isFree: false })
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
    const { pump, stream, events, stalls } = scene({ isFree: false })
    stream().data(frame(10))
    pump.flush()
    expect(pump.heldBytes).toBe(1_000)
    pump.stalled("too-much")
    expect(events).toEqual(["pause", "cancel", "ended 8", "abort buffer-limit"])
    expect([pump.heldBytes, stalls.size]).toEqual([1_000, 0]) // the exchange of this test never releases its bytes
  })

  it("is cut with nothing left that waits, when even its end throws", () => {
    const { pump, request, events, stalls } = scene()
    request.data(frame(10).subarray(0, 7))
    expect(stalls.size).toBe(1)
    pump.cut(lost)
    expect(events).toEqual(["ended 14", "abort backend-lost"])
    expect(stalls.size).toBe(0)
  })

  it("ends the call of a client that has not read for too long", () => {
    const { pump, stream, events } = scene({ isFree: false })
    stream().data(frame(10))
    pump.flush()
    pump.stalled("too-long")
    expect(events).toEqual(["pause", "cancel", "end", "ended 8"])
  })

  it("cancels the backend when the client leaves, and writes nothing more", () => {
    const { pump, stream, written, events, stalls } = scene({ isFree: false })
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
    const { call, stream, events } = scene()
    call.fail(lost)
    stream()
    expect(events).toEqual(["end", "ended 14", "cancel"])
  })

  it.each([
    [frame(1_000_001).subarray(0, 5), 8],
    [Buffer.of(0x80), 13],
    [Buffer.of(1), 13],
  ])("refuses a bad frame at its prefix, and passes on the messages before it: %o is status %i", (bytes, code) => {
    const { stream, text, events } = scene()
    stream().data(Buffer.concat([small, bytes]))
    expect(text()).toBe(`<${small.toString("latin1")}>${code}`)
    expect(events[0]).toBe("cancel")
  })

  it("gives a client the same messages and the same kind of end, wherever the bytes are cut and wherever they break off", () => {
    fc.assert(
      fc.property(replies, fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 12 }), (reply, cuts) => {
        const { pump, call, stream, text, events } = scene()
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

describe("ReplyPump and the facts of a call", () => {
  const metadata = (...flat: string[]): MetadataList => new MetadataList(flat)
  const startOf = (events: string[]): object => ({
    unreadBytes: 0,
    start: () => void events.push("start"),
    deliverUnread() {},
    pause() {},
    resume() {},
    cancel: (why: BridgeError) => void events.push(`cancel ${why.reason}`),
  })

  it("answers a status without a stream by a head alone", () => {
    const { pump, events, text } = scene()
    pump.reply({ kind: "status", metadata: emptyMetadata, status: gone })
    expect([text(), events]).toEqual(["=5", ["end", "ended 5"]])
  })

  it("cancels a reply that comes once the call is over, and writes nothing of it", () => {
    const { pump, call, events, text } = scene()
    call.fail(lost)
    const before = text()
    const source = startOf(events) as ReplySource
    pump.reply({ kind: "stream", metadata: emptyMetadata, contentType: "application/grpc", source })
    pump.reply({ kind: "status", metadata: emptyMetadata, status: ok })
    expect(text()).toBe(before)
    expect(events).toEqual(["end", "ended 14", "cancel client-gone"])
  })

  it.each([
    [metadata("grpc-encoding", "gzip"), "end,ended 0"],
    [metadata("grpc-encoding", "identity"), "cancel backend-bad-frame,end,ended 13"],
    [emptyMetadata, "cancel backend-bad-frame,end,ended 13"],
  ])("passes compressed messages only where the head names an encoding: %#", (fields, happens) => {
    const { pump, events } = scene()
    const source = startOf(events) as ReplySource
    pump.reply({ kind: "stream", metadata: fields, contentType: "application/grpc", source })
    pump.data(Buffer.concat([Buffer.of(1), frame(3).subarray(1)]))
    pump.end(ok)
    expect(events.join()).toBe(`start,${happens}`)
  })

  it("counts the bytes and the messages of the reply", () => {
    const { pump, stream, record } = scene()
    stream()
    pump.data(frame(3))
    pump.data(Buffer.concat([frame(4), frame(5).subarray(0, 6)]))
    pump.end(gone)
    expect([record.replyBytes, record.replyMessages]).toEqual([8 + 9 + 6, 2])
  })

  it("reports a source that throws, and ends the call with a status", () => {
    const { pump, events, text } = scene()
    const source = startOf(events) as ReplySource
    source.start = () => {
      throw new Error("thrown")
    }
    pump.reply({ kind: "stream", metadata: emptyMetadata, contentType: "application/grpc", source })
    expect(events).toEqual(["crash reply", "cancel internal", "end", "ended 13"])
    expect(text()).toBe("<>13")
  })

  it("cuts the exchange as the last resort, and waits for nobody any more", () => {
    const { pump, events, stream, stalls, isFree } = scene()
    stream()
    isFree(false)
    pump.data(frame(3))
    pump.flush()
    expect(stalls.size).toBe(1)
    pump.cut(lost)
    expect(events.slice(-2)).toEqual(["ended 14", "abort backend-lost"])
    expect(stalls.size).toBe(0)
    pump.data(frame(3))
    pump.clientGone()
    expect(events.slice(-2)).toEqual(["ended 14", "abort backend-lost"])
  })

  it("waits for a client that has not taken the end of its answer, no longer than the stall timeout", () => {
    const { pump, events, stream, stalls } = scene({ takesEnd: false })
    stream()
    pump.end(ok)
    expect([stalls.size, events]).toEqual([1, ["end", "ended 0"]])
    pump.stalled("too-long")
    expect(events).toEqual(["end", "ended 0", "abort slow-reader"])
    pump.clientDrained()
    expect(stalls.size).toBe(0)
  })
})
