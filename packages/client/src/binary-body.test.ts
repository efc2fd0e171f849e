import { describe, expect, it } from "vitest"
import type { SpareBytes } from "./body-format.ts"
import { BinaryBody, spaceBytes } from "./binary-body.ts"

/** A body of these chunks: a stream of bytes, like the body of a `Response`, or a stream of any values. */
function bodyOf(type: "bytes" | undefined, ...values: readonly string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  const left = [...values]
  const pull = (
    controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ): void => {
    const chunk = left.shift()
    if (chunk !== undefined) return controller.enqueue(encoder.encode(chunk))
    controller.close()
    if ("byobRequest" in controller) controller.byobRequest?.respond(0)
  }
  // Two calls, because the type of the controller depends on the type of the source.
  return type === "bytes" ? new ReadableStream({ type, pull }) : new ReadableStream({ pull })
}

/** A chunk as text; null: the end. */
function text(chunk: Uint8Array | undefined): string | null {
  return chunk === undefined ? null : new TextDecoder().decode(chunk)
}

/** Frames that keep no view of this many next bytes. */
const passing = (bytes: number): SpareBytes => ({ spareBytes: () => bytes })

describe("BinaryBody", () => {
  it("gives chunks in new memory while no bytes are spare", async () => {
    const body = new BinaryBody(bodyOf("bytes", "ab", "c"))
    const chunks = [await body.read(passing(0)), await body.read(passing(0)), await body.read(passing(0))]
    expect(chunks.map(({ value }) => text(value))).toEqual(["ab", "c", null])
  })

  it("reads the spare bytes, and no more, into memory that it uses again, and then goes on with chunks", async () => {
    const body = new BinaryBody(bodyOf("bytes", "ab", "cdef", "g", "hi"))
    expect(text((await body.read(passing(0))).value)).toBe("ab")
    const first = (await body.read(passing(3))).value!
    expect(text(first)).toBe("cde")
    const second = (await body.read(passing(1e9))).value!
    expect(text(second)).toBe("f")
    expect([first.buffer.detached, second.buffer.byteLength]).toEqual([true, spaceBytes])
    const chunks = [await body.read(passing(0)), await body.read(passing(0)), await body.read(passing(0))]
    expect(chunks.map(({ value }) => text(value))).toEqual(["g", "hi", null])
    expect(text(second)).toBe("f")
  })

  it("reports the end of the body also while bytes are spare", async () => {
    const body = new BinaryBody(bodyOf("bytes", "ab"))
    expect(text((await body.read(passing(4))).value)).toBe("ab")
    expect((await body.read(passing(4))).done).toBe(true)
    expect((await body.read(passing(4))).done).toBe(true)
  })

  it("gives chunks if the body is not a stream of bytes", async () => {
    const body = new BinaryBody(bodyOf(undefined, "ab", "cd"))
    const chunks = [await body.read(passing(1)), await body.read(passing(1)), await body.read(passing(1))]
    expect(chunks.map(({ value }) => text(value))).toEqual(["ab", "cd", null])
  })

  it("cancels the body in both ways of reading, and rejects after the body broke", async () => {
    for (const spareBytes of [0, 4]) {
      const reasons: unknown[] = []
      const source: UnderlyingByteSource = { type: "bytes", cancel: (reason) => void reasons.push(reason) }
      const body = new BinaryBody(new ReadableStream(source))
      const pending = body.read(passing(spareBytes))
      await body.cancel("no more")
      expect([(await pending).done, reasons]).toEqual([true, ["no more"]])
      expect((await body.read(passing(spareBytes))).done).toBe(true)
    }
    const broken = new BinaryBody(new ReadableStream({ type: "bytes", start: (to) => to.error(new Error("cut")) }))
    await expect(broken.read(passing(4))).rejects.toThrow("cut")
  })
})
