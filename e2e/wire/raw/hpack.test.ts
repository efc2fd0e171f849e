import { connect } from "node:http2"
import { describe, expect, it } from "vitest"
import { Type } from "../../../packages/bridge/test/support/h2-frames.ts"
import { startRawBackend } from "../../../packages/bridge/test/support/raw-h2.ts"
import { HpackDecoder } from "./hpack.ts"
import { decodeHuffman } from "./huffman.ts"

/** All bytes that may stand in a field value. */
const anyValue = String.fromCharCode(
  ...Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte > 0x20 && byte !== 0x7f),
)

describe("HpackDecoder", () => {
  it("reads what nghttp2 writes: every byte, names of its tables, and three blocks that refer to each other", async () => {
    const backend = await startRawBackend()
    const session = connect(backend.url).on("error", () => {})
    const own = ["x-any", anyValue, "x-own", "a", "x-own", "b", "accept", "*/*"]
    const pseudo = [":method", "POST", ":scheme", "http", ":path", "/x", ":authority", "a.test"]
    for (let i = 0; i < 3; i++) session.request([...pseudo, ...own]).on("error", () => {})
    const peer = await backend.peer(1)
    await peer.stream(3)
    const decoder = new HpackDecoder()
    const blocks = peer.frames.filter(({ type }) => type === Type.Headers).map(({ payload }) => payload)
    for (const block of blocks) expect(decoder.decode(block)).toEqual([...pseudo, ...own])
    expect(blocks[2].length).toBeLessThan(blocks[0].length)
    session.destroy()
    await backend.close()
  })

  it("refuses what is no HPACK", () => {
    expect(() => new HpackDecoder().decode(Buffer.of(0xff, 0x80))).toThrow("inside an integer")
    expect(() => new HpackDecoder().decode(Buffer.of(0xfe))).toThrow("no entry has the index 126")
    expect(() => new HpackDecoder().decode(Buffer.of(0, 5, 0x61))).toThrow("inside a string")
    expect(() => decodeHuffman(Buffer.alloc(8, 0xff))).toThrow("no Huffman code")
  })
})
