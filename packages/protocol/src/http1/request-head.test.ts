import { describe, expect, it } from "vitest"
import { everySplit, latin1 } from "../../fuzz/chunks.ts"
import { FieldNames } from "./field-names.ts"
import type { Framing } from "./framing.ts"
import type { HeadProblem } from "./head-problem.ts"
import { RequestHeadReader } from "./request-head.ts"

interface Head {
  readonly method: string
  readonly target: string
  readonly minorVersion: number
  readonly fields: readonly string[]
  readonly framing: Framing
  readonly isPersistent: boolean
  readonly expectsContinue: boolean
  readonly bytes: number
}

const limits = { maxBytes: 1_000, maxFields: 10 }

/** Reads a head that comes in these chunks, behind some other bytes. Undefined: it is incomplete. */
function readChunks(chunks: readonly Uint8Array[]): Head | HeadProblem | undefined {
  const memory = new Uint8Array(2_000)
  const offset = 7
  const reader = new RequestHeadReader(limits, new FieldNames())
  reader.begin(offset)
  let end = offset
  for (const chunk of chunks) {
    memory.set(chunk, end)
    end += chunk.length
    if (!reader.read(memory, end)) continue
    if (reader.problem !== null) return reader.problem
    const text = (start: number, to: number): string => Buffer.from(memory.subarray(start, to)).toString("latin1")
    const fields: string[] = []
    for (let i = 0; i < reader.fieldCount; i++) {
      fields.push(reader.nameOf(i), text(reader.valueStart(i), reader.valueEnd(i)))
    }
    const { minorVersion, framing, isPersistent, expectsContinue } = reader
    const method = text(reader.start, reader.methodEnd)
    const target = text(reader.methodEnd + 1, reader.targetEnd)
    const bytes = reader.end - offset
    return { method, target, minorVersion, fields, framing, isPersistent, expectsContinue, bytes }
  }
  return undefined
}

/** Reads a head cut at every byte. All cuts must give the same result. */
function read(text: string): Head | HeadProblem | undefined {
  const bytes = latin1(text)
  const whole = readChunks([bytes])
  for (const chunks of everySplit(bytes)) expect(readChunks(chunks)).toEqual(whole)
  return whole
}

/** Reads a request with these additional lines. */
function withLines(...lines: string[]): Head | HeadProblem | undefined {
  return read(["POST /a.B/C HTTP/1.1", "Host: h", ...lines, "", ""].join("\r\n"))
}

describe("a request head", () => {
  it("gives method, target, version and fields, names in lower case and values without blanks around them", () => {
    expect(
      read("POST /a.B/C?d=e HTTP/1.1\r\nHOST: h:80\r\nX-One:\t a b \t\r\nx-one:\xe9\r\nempty:\r\n\r\nrest"),
    ).toEqual({
      method: "POST",
      target: "/a.B/C?d=e",
      minorVersion: 1,
      fields: ["host", "h:80", "x-one", "a b", "x-one", "\xe9", "empty", ""],
      framing: { kind: "length", bytes: 0 },
      isPersistent: true,
      expectsContinue: false,
      bytes: 72,
    })
  })

  it("may come after blank lines", () => {
    expect(read("\r\n\r\nGET / HTTP/1.1\r\n\r\n")).toMatchObject({ method: "GET", bytes: 22 })
  })

  it("is incomplete without its blank line", () => {
    expect(read("GET / HTTP/1.1\r\nHost: h\r\n")).toBeUndefined()
  })

  it("may have been moved in memory between two reads", () => {
    const text = latin1("POST /abc HTTP/1.1\r\na: 1\r\nb: 23\r\n\r\n")
    for (let cut = 0; cut < text.length; cut++) {
      const reader = new RequestHeadReader(limits, new FieldNames())
      const first = new Uint8Array(100)
      first.set(text.subarray(0, cut), 50)
      reader.begin(50)
      reader.read(first, 50 + cut)
      reader.moved(0)
      expect(reader.read(text, text.length)).toBe(true)
      expect([reader.start, reader.methodEnd, reader.targetEnd, reader.end]).toEqual([0, 4, 9, text.length])
      expect([reader.valueStart(1), reader.valueEnd(1)]).toEqual([29, 31])
    }
  })

  it("is read the second time as if there had been no first", () => {
    const reader = new RequestHeadReader(limits, new FieldNames())
    const bytes = latin1(
      "POST / HTTP/1.0\r\nconnection: keep-alive\r\ncontent-length: 3\r\n\r\nPOST / HTTP/1.1\r\n\r\n",
    )
    reader.begin(0)
    expect(reader.read(bytes, bytes.length)).toBe(true)
    expect(reader.framing).toEqual({ kind: "length", bytes: 3 })
    reader.begin(reader.end)
    expect(reader.read(bytes, bytes.length)).toBe(true)
    expect([reader.minorVersion, reader.fieldCount, reader.framing]).toEqual([1, 0, { kind: "length", bytes: 0 }])
  })
})

describe("a request head is refused with 400", () => {
  it.each([
    ["a bare LF", "POST / HTTP/1.1\nHost: h\r\n\r\n"],
    ["a bare LF at its end", "POST / HTTP/1.1\r\nHost: h\r\n\n"],
    ["a bare CR", "POST / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n"],
    ["NUL in a value", "POST / HTTP/1.1\r\nHost: h\0\r\n\r\n"],
    ["DEL in a value", "POST / HTTP/1.1\r\nHost: h\x7f\r\n\r\n"],
    ["a folded line", "POST / HTTP/1.1\r\nHost: h\r\n more\r\n\r\n"],
    ["a blank before the first field", "POST / HTTP/1.1\r\n Host: h\r\n\r\n"],
    ["a blank before the colon", "POST / HTTP/1.1\r\nHost : h\r\n\r\n"],
    ["no name", "POST / HTTP/1.1\r\n: h\r\n\r\n"],
    ["no colon", "POST / HTTP/1.1\r\nHost\r\n\r\n"],
    ["a name that is no token", "POST / HTTP/1.1\r\nH(st: h\r\n\r\n"],
    ["a name that is not ASCII", "POST / HTTP/1.1\r\nh\xf6st: h\r\n\r\n"],
    ["no method", " / HTTP/1.1\r\n\r\n"],
    ["a method that is no token", "PO(ST / HTTP/1.1\r\n\r\n"],
    ["no target", "POST  HTTP/1.1\r\n\r\n"],
    ["no version", "POST /\r\n\r\n"],
    ["two blanks", "POST  / HTTP/1.1\r\n\r\n"],
    ["a blank in the target", "POST /a b HTTP/1.1\r\n\r\n"],
    ["a tab in the target", "POST /a\tb HTTP/1.1\r\n\r\n"],
    ["a target that is not ASCII", "POST /\xe9 HTTP/1.1\r\n\r\n"],
    ["a blank after the version", "POST / HTTP/1.1 \r\n\r\n"],
    ["a version in lower case", "POST / http/1.1\r\n\r\n"],
    ["a version of two digits", "POST / HTTP/1.10\r\n\r\n"],
    ["another protocol", "POST / RTSP/1.1\r\n\r\n"],
    ["a TLS hello", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"],
  ])("for %s", (_, text) => {
    expect(read(text)).toMatchObject({ status: 400 })
  })
})

describe("framing", () => {
  it("is the length", () => {
    expect(withLines("content-length: 012")).toMatchObject({ framing: { kind: "length", bytes: 12 } })
  })

  it("is chunked", () => {
    expect(withLines("Transfer-Encoding:\tCHUNKED ")).toMatchObject({ framing: { kind: "chunked" } })
  })

  it.each([
    [["content-length: 1", "content-length: 1"]],
    [["content-length: 1, 1"]],
    [["content-length: +1"]],
    [["content-length: -1"]],
    [["content-length: 0x1"]],
    [["content-length: 1.0"]],
    [["content-length: 1 1"]],
    [["content-length:"]],
    [["content-length: 9007199254740993"]],
    [["content-length: 99999999999999999999"]],
    [["content-length: 1", "transfer-encoding: chunked"]],
    [["transfer-encoding: chunked", "content-length: 0"]],
    [["transfer-encoding: chunked", "transfer-encoding: chunked"]],
  ])("is refused with 400 for %j", (lines) => {
    expect(withLines(...lines)).toMatchObject({ status: 400 })
  })

  it.each([
    ["gzip, chunked"],
    ["chunked, identity"],
    ["chunked, chunked"],
    ["xchunked"],
    ["chunked;q=1"],
    ["identity"],
    [""],
    ["\x0bchunked"],
  ])("is refused for the transfer coding %j", (coding) => {
    const refused = withLines(`transfer-encoding: ${coding}`)
    expect(refused).toMatchObject({ status: coding.includes("\x0b") ? 400 : 501 })
  })

  it("is refused for chunked coding in HTTP/1.0", () => {
    expect(read("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n")).toMatchObject({ status: 400 })
  })
})

describe("a connection after the request", () => {
  it.each([
    ["HTTP/1.1", "x: y", true],
    ["HTTP/1.1", "connection: close", false],
    ["HTTP/1.1", "connection: x-a,\tCLOSE , keep-alive", false],
    ["HTTP/1.1", "connection: closed", true],
    ["HTTP/1.0", "x: y", false],
    ["HTTP/1.0", "connection: Keep-Alive", true],
    ["HTTP/1.0", "connection: keep-alive, close", false],
  ])("of %s with %j may go on: %s", (version, line, isPersistent) => {
    expect(read(`POST / ${version}\r\n${line}\r\n\r\n`)).toMatchObject({ isPersistent })
  })
})

it("knows that the client waits for 100 Continue, which HTTP/1.0 does not have", () => {
  expect(withLines("Expect: 100-Continue")).toMatchObject({ expectsContinue: true })
  expect(read("POST / HTTP/1.0\r\nexpect: 100-continue\r\n\r\n")).toMatchObject({ expectsContinue: false })
  expect(withLines("expect: 200-ok")).toMatchObject({ status: 417 })
})

it.each(["HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/3.0"])("refuses %s with 505", (version) => {
  expect(read(`POST / ${version}\r\n\r\n`)).toMatchObject({ status: 505 })
})

describe("limits", () => {
  const head = (bytes: number): string => `GET /${"a".repeat(bytes - 18)} HTTP/1.1\r\n\r\n`

  it("allow a head of as many bytes, and refuse one more with 431", () => {
    expect(readChunks([latin1(head(1_000))])).toMatchObject({ bytes: 1_000 })
    expect(readChunks([latin1(head(1_001))])).toMatchObject({ status: 431 })
  })

  it("refuse a head without an end as soon as it is too long", () => {
    expect(readChunks([latin1("a".repeat(1_000))])).toBeUndefined()
    expect(readChunks([latin1("a".repeat(1_001))])).toMatchObject({ status: 431 })
  })

  it("allow as many fields, and refuse one more with 431", () => {
    expect(withLines(...Array.from({ length: 9 }, () => "a: b"))).toMatchObject({ method: "POST" })
    expect(withLines(...Array.from({ length: 10 }, () => "a: b"))).toMatchObject({ status: 431 })
  })
})
