import { createServer } from "node:http"
import type { IncomingMessage } from "node:http"
import { Duplex } from "node:stream"
import fc from "fast-check"
import { expect, it } from "vitest"
import { ChunkedBodyReader, FieldNames, RequestHeadReader } from "../src/http1/index.ts"
import { concat, cutAt, latin1 } from "./chunks.ts"
import { fuzzRuns } from "./fuzz-runs.ts"

interface Request {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly fields: readonly string[]
  /** Null: the body does not end, or it cannot be read. */
  readonly body: string | null
}

const maxBytes = 10_000

/** The request as our readers see it. Null: it is refused or incomplete. */
function ours(bytes: Uint8Array): Request | null {
  const head = new RequestHeadReader({ maxBytes, maxFields: 100 }, new FieldNames())
  head.begin(0)
  if (!head.read(bytes, bytes.length) || head.problem !== null) return null
  const text = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString("latin1")
  const fields: string[] = []
  for (let i = 0; i < head.fieldCount; i++) fields.push(head.nameOf(i), text(head.valueStart(i), head.valueEnd(i)))
  const { framing, end } = head
  return {
    method: text(head.start, head.methodEnd),
    target: text(head.methodEnd + 1, head.targetEnd),
    version: `1.${head.minorVersion}`,
    fields,
    body: framing.kind === "chunked" ? chunkedBody(bytes, end) : lengthBody(bytes, end, framing.bytes),
  }
}

function lengthBody(bytes: Uint8Array, start: number, length: number): string | null {
  return bytes.length - start < length ? null : Buffer.from(bytes.subarray(start, start + length)).toString("latin1")
}

function chunkedBody(bytes: Uint8Array, start: number): string | null {
  const reader = new ChunkedBodyReader()
  const parts: Uint8Array[] = []
  let at = start
  while (at < bytes.length && !reader.isComplete && !reader.isRefused) {
    at = reader.read(bytes, at, bytes.length)
    parts.push(bytes.subarray(reader.dataStart, reader.dataEnd))
  }
  return reader.isComplete ? Buffer.from(concat(parts)).toString("latin1") : null
}

/** A connection that the test feeds. It takes what the server writes. */
class Feed extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done()
  }
}

/** The first request as node:http sees it. Null: it is refused or incomplete. */
async function nodes(chunks: readonly Uint8Array[]): Promise<Request | null> {
  const options = { requireHostHeader: false, maxHeaderSize: 2 * maxBytes, keepAliveTimeout: 0 }
  let first: IncomingMessage | null = null
  let body = ""
  let isWhole = false
  const server = createServer(options)
  const take = (request: IncomingMessage): void => {
    if (first !== null) return
    first = request
    request.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")))
    request.on("end", () => (isWhole = true))
  }
  server.on("request", take).on("checkContinue", take).on("checkExpectation", take)
  server.on("connect", () => {}).on("clientError", () => {})
  const feed = new Feed()
  feed.on("error", () => {})
  server.emit("connection", feed)
  for (const chunk of chunks) feed.push(chunk)
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  feed.destroy()
  if (first === null) return null
  const { method = "", url = "", httpVersion, rawHeaders } = first as IncomingMessage
  const fields = rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
  return { method, target: url, version: httpVersion, fields, body: isWhole ? body : null }
}

const line = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom("x: a\xe9b", "Y:\t1 , 2 ", "content-length: 3", "transfer-encoding: chunked"),
  },
  fc.constantFrom(
    "host: a",
    "content-length: 3",
    "content-length: 03",
    "content-length: 3, 3",
    "content-length : 3",
    "content-length:3 ",
    "content-length: +3",
    "transfer-encoding: chunked",
    "Transfer-Encoding:\tchunked ",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: xchunked",
    "transfer-encoding:\x0bchunked",
    "transfer-encoding",
    " folded",
    "connection: close, x",
    "expect: 100-continue",
    "x: a\xe9b",
    "x: a\x00b",
    "x:",
    "",
  ),
  fc.string({
    unit: fc.constantFrom("a", "B", ":", " ", "\t", ",", "\r", "\n", "\0", "\xff", "-", "3"),
    maxLength: 12,
  }),
)
const end = fc.oneof({ weight: 20, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", "\r", "\r\r\n"))
// node:http refuses methods that it does not know. Ours leaves that to the caller.
const requestLine = fc.constantFrom(
  "POST /a HTTP/1.1",
  "POST /a HTTP/1.1",
  "GET /a?b#c HTTP/1.1",
  "POST /a HTTP/1.0",
  "OPTIONS * HTTP/1.1",
  "POST http://x/a HTTP/1.1",
  "POST  /a HTTP/1.1",
  "POST /a\x80 HTTP/1.1",
)
const body = fc.constantFrom(
  "abc",
  "3\r\nabc\r\n0\r\n\r\n",
  "3;x=y\r\nabc\r\n0\r\na: b\r\n\r\n",
  "3\nabc\r\n0\r\n\r\n",
  "03\r\nabc\r\n1\r\nd\r\n00\r\n\r\n",
  "3 \r\nabc\r\n0\r\n\r\n",
  "0x3\r\nabc\r\n0\r\n\r\n",
  "",
)
const request = fc
  .tuple(requestLine, end, fc.array(fc.tuple(line, end), { maxLength: 5 }), end, body)
  .map(([first, feed, lines, last, rest]) => latin1([first, feed, ...lines.flat(), last, rest].join("")))

it("reads every request that it accepts as node:http does", async () => {
  let accepted = 0
  const property = fc.asyncProperty(request, fc.array(fc.nat(), { maxLength: 4 }), async (bytes, offsets) => {
    const seen = ours(bytes)
    if (seen === null) return // stricter than node:http, or not whole
    accepted++
    const reference = await nodes(cutAt(bytes, offsets).filter((chunk) => chunk.length > 0))
    expect({ ...seen }).toEqual(reference)
  })
  await fc.assert(property, fuzzRuns)
  console.log(accepted)
  expect(accepted).toBeGreaterThan(fuzzRuns.numRuns / 10)
})
