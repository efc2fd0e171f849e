import { describe, expect, it } from "vitest"
import { callPage } from "./support/page-call.ts"
import {
  dataFrame,
  encodeFields,
  frame,
  headersFrame,
  pingFrame,
  settingsFrame,
  Type,
  windowUpdateFrame,
} from "./support/h2-frames.ts"
import { noticesBrokenHttp2 } from "./support/raw-h2.ts"
import { rawScene } from "./support/scene.ts"

const head = headersFrame(1, [":status", "200", "content-type", "application/grpc"])
const fields = [":status", "200", "content-type", "application/grpc"]

function repeat(bytes: Buffer, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => bytes))
}

/** Frames that a hostile or broken backend sends once it has a call. */
const floods: Readonly<Record<string, readonly Buffer[]>> = {
  "20,000 PINGs": [repeat(pingFrame(), 20_000)],
  "20,000 SETTINGS": [repeat(settingsFrame([[4, 65_535]]), 20_000)],
  "20,000 empty DATA frames": [head, repeat(dataFrame(1, Buffer.alloc(0)), 20_000)],
  "20,000 WINDOW_UPDATEs": [repeat(windowUpdateFrame(0, 1), 20_000)],
  "endless CONTINUATION": [
    frame(Type.Headers, 0, 1, encodeFields(fields)),
    repeat(frame(Type.Continuation, 0, 1), 2_000),
  ],
  "a head of 1 MiB": [
    frame(Type.Headers, 0, 1, encodeFields(fields)),
    repeat(frame(Type.Continuation, 0, 1, encodeFields(["x", "v".repeat(16_000)])), 64),
    frame(Type.Continuation, 4, 1),
  ],
  "a head of 300 fields": [headersFrame(1, [...fields, ...Array.from({ length: 600 }, (_, i) => `x${i}`)])],
  "a window of more than 2^31-1": [windowUpdateFrame(0, 2 ** 31 - 1), windowUpdateFrame(0, 2 ** 31 - 1)],
  "a window update of 0": [windowUpdateFrame(0, 0)],
  "DATA before HEADERS": [dataFrame(1, Buffer.from("x"))],
  "DATA on a stream that never was": [dataFrame(99, Buffer.from("x"))],
  "DATA beyond the window": [head, ...Array.from({ length: 40 }, () => dataFrame(1, Buffer.alloc(16_384)))],
  "a push that was refused in SETTINGS": [
    frame(5, 4, 1, Buffer.concat([Buffer.of(0, 0, 0, 2), encodeFields([":path", "/"])])),
  ],
  "a frame larger than allowed": [frame(Type.Data, 0, 1, Buffer.alloc(100_000))],
  "an unknown pseudo-header": [headersFrame(1, [":status", "200", ":what", "x"])],
  "an upper-case field name": [headersFrame(1, [...fields, "X-Upper", "x"])],
  "HPACK that cannot be read": [frame(Type.Headers, 4, 1, Buffer.alloc(50, 0xff))],
}

describe("a backend that floods or breaks HTTP/2", () => {
  it.skipIf(!noticesBrokenHttp2).each(Object.entries(floods))(
    "ends no more than its own connection: %s",
    async (_what, frames) => {
      let isFirst = true
      const { bridge } = await rawScene((peer) => {
        peer.onFrame = ({ streamId }) => {
          if (!peer.hasEnded(streamId)) return
          peer.forget(streamId)
          if (isFirst) peer.send(...frames)
          else peer.send(headersFrame(streamId, [...fields, "grpc-status", "0"], true))
          isFirst = false
        }
      })
      const rssBefore = process.memoryUsage().rss
      const answer = await callPage(bridge.address, { fields: ["grpc-timeout", "1S"] })
      expect(answer).toMatchObject({ httpStatus: 200, isCut: false })
      expect([4, 8, 13, 14]).toContain(answer.code)
      expect(process.memoryUsage().rss - rssBefore).toBeLessThan(100 << 20)
      expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    },
  )
})
