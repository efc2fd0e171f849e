import { describe, expect, it } from "vitest"
import { BinaryBody } from "./binary-body.ts"

/** A body of these chunks: a stream of bytes, as a `Response` has, or one of any values. */
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
  // Two calls, because the type of the controller hangs on that of the source.
  return type === "bytes" ? new ReadableStream({ type, pull }) : new ReadableStream({ pull })
}

/** A chunk as text; null: the end. */
function text(chunk: Uint8Array | undefined): string | null {
  return chunk === undefined ? null : new TextDecoder().decode(chunk)
}

describe("BinaryBody", () => {
  it("gives the chunks as they come where no space is given", async () => {
    const body = new BinaryBody(bodyOf("bytes", "ab", "c"))
    for (const expected of ["ab", "c", null]) {
      const { value, isInSpace } = await body.read(null)
      expect([text(value), isInSpace]).toEqual([expected, false])
    }
  })

  it("fills the space that is given, from its start, and then goes on with chunks", async () => {
    const body = new BinaryBody(bodyOf("bytes", "ab", "cdef", "g", "hi"))
    expect(text((await body.read(null)).value)).toBe("ab")
    const space = new Uint8Array(new ArrayBuffer(6), 2, 3)
    const { value, isInSpace } = await body.read(space)
    expect([text(value), isInSpace]).toEqual(["cde", true])
    expect(value).toMatchObject({ byteOffset: 2, buffer: { byteLength: 6 } })
    expect(space.buffer.detached).toBe(true)
    for (const expected of ["f", "g", "hi", null]) {
      const read = await body.read(null)
      expect([text(read.value), read.isInSpace]).toEqual([expected, false])
    }
  })

  it("says that the body has ended also when space was given", async () => {
    const body = new BinaryBody(bodyOf("bytes", "ab"))
    expect(text((await body.read(new Uint8Array(4))).value)).toBe("ab")
    expect((await body.read(new Uint8Array(4))).value).toBeUndefined()
  })

  it("gives chunks, and leaves the space alone, where the body is no stream of bytes", async () => {
    const body = new BinaryBody(bodyOf(undefined, "ab", "c"))
    const space = new Uint8Array(4)
    for (const expected of ["ab", "c", null]) {
      const { value, isInSpace } = await body.read(space)
      expect([text(value), isInSpace]).toEqual([expected, false])
    }
    expect(space).toEqual(new Uint8Array(4))
  })

  it("cancels the body whichever way it reads, and rejects once it is broken", async () => {
    for (const space of [null, new Uint8Array(4)]) {
      const reasons: unknown[] = []
      const source: UnderlyingByteSource = { type: "bytes", cancel: (reason) => void reasons.push(reason) }
      const body = new BinaryBody(new ReadableStream(source))
      const pending = body.read(space)
      await body.cancel("no more")
      expect([(await pending).value, reasons]).toEqual([undefined, ["no more"]])
    }
    const broken = new BinaryBody(new ReadableStream({ type: "bytes", start: (to) => to.error(new Error("cut")) }))
    await expect(broken.read(new Uint8Array(4))).rejects.toThrow("cut")
  })
})
