import { encodeFrame } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { BinaryBody, spaceBytes } from "./binary-body.ts"
import { FrameReader } from "./frame-reader.ts"

/** Payloads that are read as chunks, and payloads that are read through reused memory; their bytes differ. */
const payloads = [9, spaceBytes + 1, 0, 3 * spaceBytes, spaceBytes, spaceBytes + 1, spaceBytes + 7, 5, 0].map(
  (length, turn) => Uint8Array.from({ length }, (_, at) => at * 31 + turn),
)
const bytes = new Uint8Array(Buffer.concat(payloads.map((payload) => encodeFrame(0, payload))))

/** A body in chunks of `chunkBytes`: a stream of bytes, like the body of a `Response`, or a stream of any values. */
function bodyOf(chunkBytes: number, type: "bytes" | undefined): ReadableStream<Uint8Array<ArrayBuffer>> {
  const start = (
    controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ): void => {
    for (let at = 0; at < bytes.length; at += chunkBytes) controller.enqueue(bytes.slice(at, at + chunkBytes))
    controller.close()
  }
  // Two calls, because the type of the controller depends on the type of the source.
  return type === "bytes" ? new ReadableStream({ type, start }) : new ReadableStream({ start })
}

describe("FrameReader", () => {
  it.each([1009, 65_536, spaceBytes + 6, spaceBytes + 20, bytes.length])(
    "gives long and short payloads complete and lasting, for a body in chunks of %i bytes",
    async (chunkBytes) => {
      for (const type of ["bytes", undefined] as const) {
        const body = new BinaryBody(bodyOf(chunkBytes, type))
        const reader = new FrameReader(body, new AbortController().signal, (wait) => wait, 4 * spaceBytes)
        const read: Uint8Array[] = []
        for (let frames; (frames = await reader.read()) !== null;) read.push(...frames.map(({ payload }) => payload))
        expect(read.map(({ length }) => length)).toEqual(payloads.map(({ length }) => length))
        for (const [turn, payload] of payloads.entries()) expect(Buffer.compare(read[turn], payload)).toBe(0)
      }
    },
  )

  it.each([new TypeError("network error"), undefined])(
    "that ends by %o after its trailers is at its end",
    async (reason) => {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => controller.enqueue(encodeFrame(0x80, new Uint8Array(3))),
        pull: (controller) => controller.error(reason),
      })
      const reader = new FrameReader(body.getReader(), new AbortController().signal, (wait) => wait, 100)
      expect(await reader.read()).toHaveLength(1)
      expect(await reader.isAtEnd()).toBe(true)
    },
  )
})
