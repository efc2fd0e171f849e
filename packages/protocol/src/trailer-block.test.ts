import { describe, expect, it } from "vitest"
import { bytesOf, concat, latin1 } from "../fuzz/chunks.ts"
import { decodeBinaryValue, emptyMetadata, MetadataList } from "./metadata.ts"
import { encodeTrailerBlock, encodeTrailerFrame, parseTrailerBlock } from "./trailer-block.ts"

function parse(text: string): [string, string][] | null {
  const metadata = parseTrailerBlock(latin1(text))
  return metadata === null ? null : Array.from(metadata, ([name, value]) => [name, value])
}

describe("encodeTrailerBlock", () => {
  it("writes a line for each entry, duplicates too, and no blank line at the end", () => {
    const metadata = new MetadataList(["grpc-status", "0", "x", "a", "grpc-message", "", "x", "b"])
    expect(encodeTrailerBlock(metadata)).toEqual(latin1("grpc-status:0\r\nx:a\r\ngrpc-message:\r\nx:b\r\n"))
  })

  it("writes names in lower case and values as their bytes", () => {
    expect(encodeTrailerBlock(new MetadataList(["X-Foo", "\u0001\u0080\u00ff"]))).toEqual(
      concat([latin1("x-foo:"), bytesOf(1, 0x80, 0xff), latin1("\r\n")]),
    )
  })

  it("refuses a value that would forge a line, or that has a character of more than one byte", () => {
    for (const value of ["a\r\ngrpc-status:0", "\n", "\r", "\0", "\u0100", "😀"]) {
      expect(() => encodeTrailerBlock(new MetadataList(["x-a", value]))).toThrow(
        new TypeError('the trailer "x-a" holds CR, LF, NUL or a character above U+00FF: encode it as -bin'),
      )
    }
  })

  it("refuses a name that is not an HTTP token", () => {
    for (const name of [":status", "a b", "a:b", "a\r\nb", "é", "\u0141"]) {
      expect(() => encodeTrailerBlock(new MetadataList([name, "1"]))).toThrow(
        new TypeError(`${JSON.stringify(name)} is not the name of a trailer: it must be an HTTP token`),
      )
    }
    expect(() => encodeTrailerBlock(new MetadataList(["", "1"]))).toThrow(new TypeError("a trailer has an empty name"))
  })
})

describe("encodeTrailerFrame", () => {
  it("puts the block in a frame of flag 0x80", () => {
    expect(encodeTrailerFrame(new MetadataList(["grpc-status", "5"]))).toEqual(
      concat([bytesOf(0x80, 0, 0, 0, 15), latin1("grpc-status:5\r\n")]),
    )
  })

  it("writes an empty frame if there are no trailers", () => {
    expect(encodeTrailerFrame(emptyMetadata)).toEqual(bytesOf(0x80, 0, 0, 0, 0))
  })

  it("declares the length of a block of any size", () => {
    for (const size of [0, 40, 44, 45, 2000, 2048, 70_000]) {
      const metadata = new MetadataList(["grpc-status", "0", "x", "v".repeat(size)])
      const block = encodeTrailerBlock(metadata)
      const frame = encodeTrailerFrame(metadata)
      expect(new DataView(frame.buffer, frame.byteOffset).getUint32(1)).toBe(block.length)
      expect(frame.subarray(5)).toEqual(block)
    }
  })
})

describe("parseTrailerBlock", () => {
  it("reads blanks and tabs around a value, so that a status of zero is zero", () => {
    for (const text of ["grpc-status:0\r\n", "grpc-status: 0\r\n", "grpc-status: \t 0 \t\r\n"]) {
      expect(parse(text)).toEqual([["grpc-status", "0"]])
    }
  })

  it("reads names of any case", () => {
    expect(parse("Grpc-Status:3\r\nX-FOO-Bin:AQ\r\n")).toEqual([
      ["grpc-status", "3"],
      ["x-foo-bin", "AQ"],
    ])
  })

  it("keeps duplicates in order", () => {
    expect(parseTrailerBlock(latin1("x: a\r\ny: c\r\nx: b\r\n"))?.getAll("x")).toEqual(["a", "b"])
  })

  it("reads lines that end in CRLF or LF, a last line without either, and blank lines", () => {
    const entries = [
      ["a", "1"],
      ["b", "2"],
    ]
    for (const text of [
      "\na:1\nb:2\n",
      "a:1\r\nb:2\r\n",
      "a:1\nb:2\n",
      "a:1\r\nb:2",
      "\r\na:1\n\n\r\nb:2\r\n\r\n",
      "a:1\nb:2\r",
    ]) {
      expect(parse(text)).toEqual(entries)
    }
  })

  it("splits a line at its first colon", () => {
    expect(parse("x:a:b: c\r\n")).toEqual([["x", "a:b: c"]])
  })

  it("reads empty blocks and empty values", () => {
    expect(parse("")).toEqual([])
    expect(parse("\r\n")).toEqual([])
    expect(parse("grpc-message:\r\nx: \r\n")).toEqual([
      ["grpc-message", ""],
      ["x", ""],
    ])
  })

  it("leaves binary values in base64, for decodeBinaryValue", () => {
    for (const text of ["x-bin:AQI=\r\n", "x-bin: AQI\r\n"]) {
      const value = parseTrailerBlock(latin1(text))?.get("x-bin") ?? "missing"
      expect(decodeBinaryValue(value)).toEqual([bytesOf(1, 2)])
    }
  })

  it("reads other bytes as Latin-1, and trims only spaces and tabs", () => {
    expect(parse("x:\u0080\u009f\u00a0\r\n")).toEqual([["x", "\u0080\u009f\u00a0"]])
  })

  it.each([
    "grpc-status",
    "a:1\r\nb\r\n",
    ":0\r\n",
    " a:1\r\n",
    "a :1\r\n",
    "a b:1\r\n",
    "é:1\r\n",
    "a:1\r\n folded\r\n",
  ])("refuses %j, a line without a colon or a legal name", (text) => {
    expect(parse(text)).toBeNull()
  })

  it.each(["a:1\r2\r\n", "a:\0\r\n", "a:1\r\r\n"])("refuses %j, a value with CR or NUL", (text) => {
    expect(parse(text)).toBeNull()
  })
})
