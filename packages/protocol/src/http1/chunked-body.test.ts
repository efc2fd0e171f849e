import { describe, expect, it } from "vitest"
import { concat, everySplit, latin1 } from "../../fuzz/chunks.ts"
import { ChunkedBodyReader } from "./chunked-body.ts"

interface Body {
  readonly data: string
  readonly end: "complete" | "refused" | "open"
  /** Bytes that were read. */
  readonly bytes: number
}

function readChunks(chunks: readonly Uint8Array[]): Body {
  const reader = new ChunkedBodyReader()
  const data: Uint8Array[] = []
  let bytes = 0
  for (const chunk of chunks) {
    let at = 0
    while (at < chunk.length && !reader.isComplete && !reader.isRefused) {
      at = reader.read(chunk, at, chunk.length)
      data.push(chunk.subarray(reader.dataStart, reader.dataEnd))
    }
    bytes += at
  }
  const end = reader.isComplete ? "complete" : reader.isRefused ? "refused" : "open"
  return { data: Buffer.from(concat(data)).toString("latin1"), end, bytes }
}

/** Reads a body cut at every byte. All cuts must give the same result. */
function read(text: string): Body {
  const bytes = latin1(text)
  const whole = readChunks([bytes])
  for (const chunks of everySplit(bytes)) expect(readChunks(chunks)).toEqual(whole)
  return whole
}

describe("a chunked body", () => {
  it("gives its data, and ends where it ends", () => {
    expect(read("3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\nPOST")).toEqual({
      data: "abc0123456789",
      end: "complete",
      bytes: 30,
    })
  })

  it("may be empty", () => {
    expect(read("0\r\n\r\n")).toEqual({ data: "", end: "complete", bytes: 5 })
  })

  it("drops extensions and trailers", () => {
    const body = '1;a=b;c\r\nx\r\n0;d="e\\";f";g\r\nTrailer: 1\r\nx:y\xe9\r\n\r\n'
    expect(read(body)).toEqual({ data: "x", end: "complete", bytes: body.length })
  })

  it("is open until its last line has ended", () => {
    expect(read("1\r\nx\r\n0\r\n\r")).toMatchObject({ data: "x", end: "open" })
  })

  it.each([
    ["no size", "\r\nx"],
    ["a size that is no number", "g\r\nx"],
    ["a size with a sign", "+1\r\nx"],
    ["a size with a prefix", "0x1\r\nx"],
    ["a blank before the size", " 1\r\nx"],
    ["a blank after the size", "1 \r\nx"],
    ["a size above every number", "100000000000000\r\n"],
    ["a bare LF after the size", "1\nx"],
    ["a bare CR after the size", "1\rx"],
    ["data longer than its size", "1\r\nxy"],
    ["a bare LF after the data", "1\r\nx\n"],
    ["a control character in an extension", "1;\0\r\nx"],
    ["a bare LF in an extension", "1;a\nb\r\nx"],
    ["an extension without a name", "1;\r\nx"],
    ["an extension that begins with its value", "1;=a\r\nx"],
    ["a value that is missing", "1;a=\r\nx"],
    ["a blank in an extension", "1;a =b\r\nx"],
    ["bytes after a quoted value", '1;a="b"c\r\nx'],
    ["a line end in a quoted value", '1;a="b\r\nx'],
    ["a line end after a backslash", '1;a="b\\\r\nx'],
    ["bytes outside ASCII in the name of an extension", "1;\xe9\r\nx"],
    ["a trailer without a name", "0\r\n: a\r\n\r\n"],
    ["a trailer without a colon", "0\r\na\r\n\r\n"],
    ["a trailer with a blank before the colon", "0\r\na : b\r\n\r\n"],
    ["a folded trailer", "0\r\na: b\r\n c\r\n\r\n"],
    ["a control character in a trailer", "0\r\na: \0\r\n\r\n"],
    ["a bare LF in a trailer", "0\r\na: b\n\r\n"],
    ["a bare LF at the end", "0\r\n\n"],
    ["extensions without end", `1;${"a".repeat(9_000)}`],
    ["trailers without end", `0\r\n${"a: b\r\n".repeat(3_000)}`],
  ])("is refused for %s", (_, text) => {
    const refused = text.length < 100 ? read(text) : readChunks([latin1(text)])
    expect(refused.end).toBe("refused")
  })

  it("refuses extensions that are small in each chunk and large together", () => {
    expect(readChunks([latin1(`1;${"a".repeat(100)}\r\nx\r\n`.repeat(100))]).end).toBe("refused")
  })

  it("is read the second time as if there had been no first", () => {
    const reader = new ChunkedBodyReader()
    for (const text of ["2\r\nab", "1\r\nx\r\n0\r\n\r\n"]) {
      reader.begin()
      const bytes = latin1(text)
      let at = 0
      while (at < bytes.length) at = reader.read(bytes, at, bytes.length)
    }
    expect(reader.isComplete).toBe(true)
  })
})
