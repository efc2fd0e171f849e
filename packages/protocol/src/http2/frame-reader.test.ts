import { describe, expect, it } from "vitest"
import { readFrames } from "../../fuzz/h2-events.ts"
import { concat, everySplit } from "../../fuzz/chunks.ts"
import { H2ErrorCode } from "./error-code.ts"
import { encodeSettings, FrameFlag, FrameType, readUint31, readUint32, writeH2FrameHeader } from "./frame.ts"

const limits = { maxFrameBytes: 16_384, maxFieldBlockBytes: 100, maxContinuations: 3 }
const settings = encodeSettings([[3, 100]])

function frame(type: number, flags: number, streamId: number, payload: readonly number[] = []): Uint8Array {
  const out = new Uint8Array(9 + payload.length)
  out.set(payload, writeH2FrameHeader(out, 0, payload.length, type, flags, streamId))
  return out
}

function read(...frames: readonly Uint8Array[]): ReturnType<typeof readFrames> {
  return readFrames([concat(frames)], limits)
}

describe("frames", () => {
  it("have a header of nine octets (RFC 9113 §4.1)", () => {
    const header = frame(FrameType.Data, FrameFlag.EndStream, 0x7fffffff, [])
    expect([...header]).toEqual([0, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff])
    expect(readUint32(Uint8Array.of(0xff, 0xff, 0xff, 0xfe), 0)).toBe(0xfffffffe)
    expect(readUint31(Uint8Array.of(0x80, 0, 1, 2), 0)).toBe(258)
  })

  it("are read however they are cut", () => {
    const bytes = concat([
      settings,
      frame(FrameType.Headers, FrameFlag.EndHeaders, 1, [0x88]),
      frame(FrameType.Data, FrameFlag.Padded, 1, [2, 1, 2, 3, 0, 0]),
      frame(FrameType.Data, FrameFlag.EndStream, 1),
      frame(FrameType.Headers, FrameFlag.Padded | FrameFlag.Priority, 3, [1, 0, 0, 0, 0, 9, 0x82, 0]),
      frame(FrameType.Continuation, FrameFlag.EndHeaders, 3, [0x83, 0x84]),
      frame(FrameType.Ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
      frame(99, 7, 5, [1]),
    ])
    const events = [
      "frame 4 0 0 000300000064",
      "fields 1 88",
      "DATA 1 6 010203.",
      "DATA 1 0  end.",
      "fields 3 828384",
      "frame 6 0 0 0102030405060708",
      "frame 99 7 5 01",
    ]
    for (const chunks of everySplit(bytes)) expect(readFrames(chunks, limits)).toEqual({ events, problem: null })
  })
})

describe("a breach of the rules for frames", () => {
  const { ProtocolError, FrameSizeError, EnhanceYourCalm } = H2ErrorCode
  const open = frame(FrameType.Headers, 0, 1, [0x88])
  it.each([
    ["a frame larger than allowed", FrameSizeError, [settings, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1)]],
    ["no SETTINGS at first (§3.4)", ProtocolError, [frame(FrameType.Ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])]],
    ["an acknowledgement at first (§3.4)", ProtocolError, [frame(FrameType.Settings, FrameFlag.Ack, 0)]],
    ["another answer than HTTP/2", FrameSizeError, [Uint8Array.from("HTTP/1.1 400 Bad", (c) => c.charCodeAt(0))]],
    ["DATA on stream 0", ProtocolError, [settings, frame(FrameType.Data, 0, 0, [1])]],
    ["HEADERS on stream 0", ProtocolError, [settings, frame(FrameType.Headers, 4, 0, [0x88])]],
    ["SETTINGS on a stream", ProtocolError, [settings, frame(FrameType.Settings, 0, 1)]],
    ["SETTINGS of five bytes", FrameSizeError, [settings, frame(FrameType.Settings, 0, 0, [1, 2, 3, 4, 5])]],
    [
      "an acknowledgement with settings",
      FrameSizeError,
      [settings, frame(FrameType.Settings, 1, 0, [0, 0, 0, 0, 0, 0])],
    ],
    ["PING of seven bytes", FrameSizeError, [settings, frame(FrameType.Ping, 0, 0, [1, 2, 3, 4, 5, 6, 7])]],
    ["RST_STREAM of five bytes", FrameSizeError, [settings, frame(FrameType.RstStream, 0, 1, [1, 2, 3, 4, 5])]],
    ["WINDOW_UPDATE of three bytes", FrameSizeError, [settings, frame(FrameType.WindowUpdate, 0, 1, [1, 2, 3])]],
    ["GOAWAY of seven bytes", FrameSizeError, [settings, frame(FrameType.Goaway, 0, 0, [1, 2, 3, 4, 5, 6, 7])]],
    ["PRIORITY of four bytes", FrameSizeError, [settings, frame(FrameType.Priority, 0, 1, [1, 2, 3, 4])]],
    ["padded DATA of 0 bytes", FrameSizeError, [settings, frame(FrameType.Data, 8, 1)]],
    ["more padding than DATA", ProtocolError, [settings, frame(FrameType.Data, 8, 1, [3, 0, 0])]],
    ["more padding than HEADERS", ProtocolError, [settings, frame(FrameType.Headers, 12, 1, [2, 0x88])]],
    [
      "HEADERS shorter than their priority",
      FrameSizeError,
      [settings, frame(FrameType.Headers, 0x24, 1, [0, 0, 0, 0])],
    ],
    ["CONTINUATION alone", ProtocolError, [settings, frame(FrameType.Continuation, 4, 1)]],
    ["PING inside a field block", ProtocolError, [settings, open, frame(FrameType.Ping, 0, 0, new Array(8).fill(0))]],
    ["CONTINUATION of another stream", ProtocolError, [settings, open, frame(FrameType.Continuation, 4, 3)]],
    [
      "more CONTINUATIONs than allowed",
      EnhanceYourCalm,
      [settings, open, ...Array.from({ length: 4 }, () => frame(FrameType.Continuation, 0, 1))],
    ],
    [
      "a field block larger than allowed",
      EnhanceYourCalm,
      [settings, open, frame(FrameType.Continuation, 0, 1, new Array(100).fill(0x88))],
    ],
  ])("ends the connection: %s", (_what, code, frames) => {
    expect(read(...frames).problem).toMatchObject({ code })
  })
})
