import assert from "node:assert/strict"
import type { FuzzTarget } from "../../../tools/fuzz/target.ts"
import { Base64Decoder, encodeBase64 } from "../src/base64.ts"
import { chooseReplyWire, formatContentType, parseContentType } from "../src/content-type.ts"
import { encodeFrame, FrameDecoder } from "../src/frame.ts"
import type { Frame } from "../src/frame.ts"
import { FrameScanner } from "../src/frame-scanner.ts"
import { ChunkedBodyReader, FieldNames, RequestHeadReader } from "../src/http1/index.ts"
import { FieldBlockCache, FieldBlockDecoder, FieldBlockEncoder } from "../src/http2/index.ts"
import { decodeBinaryValue, encodeBinaryValue, isMetadataName, isSafeValue } from "../src/metadata.ts"
import { codeName, parseStatusCode } from "../src/status.ts"
import { decodeStatusMessage, encodeStatusMessage, normalizeStatusMessage } from "../src/status-message.ts"
import { formatTimeout, parseTimeout } from "../src/timeout.ts"
import { encodeTrailerBlock, parseTrailerBlock } from "../src/trailer-block.ts"
import { concat, cutAt, latin1, singleBytes } from "./chunks.ts"
import { readFrames } from "./h2-events.ts"

const limits = { maxMessageBytes: 200, maxTrailerBytes: 100 } as const
const frameWords = ["\0\0\0\0\0", "\0\0\0\0\x03abc", "\x01\0\0\0\x01x", "\x80\0\0\0\x02a:", "\x80\xff\xff\xff\xff"]
const statusWords = ["grpc-status:0\r\n", "grpc-message:", "%", "%e7%bc%ba", "\r\n", ":", " ", "\t"]
const typeWords = ["application/grpc", "-web", "-text", "-base64", "+proto", ";", ",", "*/*", ";q=0.5", " "]

const headWords = [
  "POST /a.B/C HTTP/1.1\r\n",
  "\r\n",
  ": ",
  "content-length:",
  "transfer-encoding: chunked\r\n",
  "connection: close",
]
const chunkWords = ["3\r\nabc\r\n", "0\r\n", "\r\n", ";a=b", "a: b\r\n", "\n"]
const h2Words = [
  "\0\0\0\x04\0\0\0\0\0",
  "\0\0\x03\0\x01\0\0\0\x01abc",
  "\0\0\x03\0\x08\0\0\0\x01\x01ab",
  "\0\0\x01\x01\x04\0\0\0\x01\x88",
  "\0\0\x01\x01\0\0\0\0\x01\x88\0\0\x01\x09\x04\0\0\0\x01\x88",
  "\0\0\x08\x06\0\0\0\0\0abcdefgh",
]
const hpackWords = [
  "\x82",
  "\xbe",
  "\x40\x01a\x01b",
  "\0\x01a\x01b",
  "\x0f\x2f\x01c",
  "\x3f\xe1\x1f",
  "\x20",
  "\x01\x8c",
]
const fieldNames = new FieldNames()

/** Every parser of the package that reads untrusted input. */
export const targets: readonly FuzzTarget[] = [
  { name: "frame-decoder", run: frameDecoder, words: frameWords },
  { name: "frame-scanner", run: frameScanner, words: frameWords },
  { name: "base64-decoder", run: base64Decoder, words: ["AAAA", "AA==", "AAA=", "=", "/+", "\n"] },
  { name: "trailer-block", run: trailerBlock, words: statusWords },
  { name: "binary-value", run: binaryValue, words: ["AAAA", "AA==", "AAA", "=", ",", " ", "\t"] },
  { name: "status-message", run: statusMessage, words: statusWords },
  { name: "timeout", run: timeout, words: ["0", "99999999", "H", "M", "S", "m", "u", "n", "-", "."] },
  { name: "content-type", run: contentType, words: typeWords },
  { name: "status-code", run: statusCode, words: ["0", "16", "2147483647", "2147483648", " ", "+"] },
  { name: "http1-head", run: http1Head, words: headWords },
  { name: "http1-chunked", run: http1Chunked, words: chunkWords },
  { name: "http2-frames", run: http2Frames, words: h2Words },
  { name: "hpack", run: hpack, words: hpackWords },
  { name: "metadata-rules", run: metadataRules, words: ["a", "-", "_", ".", "A", "\0", "\r\n", "\xff"] },
]

/**
 * Splits an input into bytes and their chunks. The first byte says how many cuts there are, the next bytes say where;
 * the rest is cut.
 */
function split(input: Uint8Array): { bytes: Uint8Array; chunks: Uint8Array[] } {
  const cuts = 1 + ((input[0] ?? 0) % 8)
  const bytes = input.subarray(cuts)
  return { bytes, chunks: cutAt(bytes, [...input.subarray(1, cuts)]) }
}

function frameDecoder(input: Uint8Array): void {
  const { bytes, chunks } = split(input)
  const decode = (parts: readonly Uint8Array[]): unknown => {
    const decoder = new FrameDecoder(limits)
    const frames: Frame[] = []
    let violation: unknown = null
    let received = 0
    for (const part of parts) {
      violation = decoder.push(part, ({ flags, payload }) => frames.push({ flags, payload: payload.slice() }))
      received += part.length
      assert(decoder.bufferedBytes <= received, "it holds more than came")
    }
    const { isAtBoundary, bufferedBytes } = decoder
    const written = concat(frames.map(({ flags, payload }) => encodeFrame(flags, payload)))
    assert.deepEqual(written, bytes.slice(0, written.length), "frames are written otherwise than they were read")
    if (violation === null) assert.equal(written.length + bufferedBytes, bytes.length, "bytes are lost")
    return { frames, violation, isAtBoundary, bufferedBytes }
  }
  const whole = decode([bytes])
  assert.deepEqual(decode(chunks), whole)
  assert.deepEqual(decode(singleBytes(bytes)), whole)
}

function frameScanner(input: Uint8Array): void {
  const { bytes, chunks } = split(input.subarray(1))
  const allowsCompressed = (input[0] ?? 0) % 2 === 1
  const scan = (parts: readonly Uint8Array[]): unknown => {
    const scanner = new FrameScanner(limits.maxMessageBytes, allowsCompressed)
    let [violation, before, good]: [unknown, number, number] = [null, 0, 0]
    for (const part of parts) {
      violation = scanner.scan(part)
      assert(scanner.boundary <= part.length, "the boundary lies outside of the chunk")
      if (scanner.boundary > 0) good = before + scanner.boundary
      before += part.length
    }
    const { messages, isAtBoundary, openMessageBytes } = scanner
    if (isAtBoundary) assert.equal(good, bytes.length, "it may end, but not after its last message")
    return { violation, messages, isAtBoundary, openMessageBytes, good }
  }
  const whole = scan([bytes])
  assert.deepEqual(scan(chunks), whole)
  assert.deepEqual(scan(singleBytes(bytes)), whole)
}

function base64Decoder(input: Uint8Array): void {
  const { bytes, chunks } = split(input)
  const decode = (parts: readonly Uint8Array[]): Uint8Array | null => {
    const decoder = new Base64Decoder()
    const decoded = parts.map((part) => decoder.push(part))
    const all = [...decoded, decoder.end()].filter((one) => one !== null)
    return all.length === decoded.length + 1 ? concat(all) : null
  }
  const whole = decode([bytes])
  assert.deepEqual(decode(chunks), whole)
  assert.deepEqual(decode(singleBytes(bytes)), whole)
  assert.deepEqual(decode([encodeBase64(bytes)]), bytes.slice())
}

function trailerBlock(input: Uint8Array): void {
  const parsed = parseTrailerBlock(input)
  if (parsed === null) return
  for (const [name, value] of parsed) {
    assert.equal(name, name.toLowerCase())
    assert(isSafeValue(value), "a value that would forge a line")
  }
  assert.deepEqual([...(parseTrailerBlock(encodeTrailerBlock(parsed)) ?? [])], [...parsed])
}

function binaryValue(input: Uint8Array): void {
  const text = textOf(input)
  const items = decodeBinaryValue(text)
  if (items !== null) assert.deepEqual(decodeBinaryValue(items.map(encodeBinaryValue).join(",")), items)
  assert.deepEqual(decodeBinaryValue(encodeBinaryValue(input)), [input.slice()])
}

function statusMessage(input: Uint8Array): void {
  for (const value of [textOf(input), Buffer.from(input).toString("utf16le")]) {
    assert.equal(decodeStatusMessage(encodeStatusMessage(value)), value.toWellFormed())
    const normalized = normalizeStatusMessage(value)
    assert.match(normalized, /^(?:[\x20-\x24\x26-\x7e]|%[0-9a-f]{2})*$/i)
    assert.equal(normalizeStatusMessage(normalized), normalized)
    assert.equal(decodeStatusMessage(normalized), decodeStatusMessage(value))
  }
}

function timeout(input: Uint8Array): void {
  const value = textOf(input)
  const ms = parseTimeout(value)
  assert.equal(ms !== null, /^\d{1,8}[HMSmun]$/.test(value))
  if (ms === null) return
  assert(ms >= 0 && Number.isFinite(ms), `${value} is ${ms} ms`)
  const again = parseTimeout(formatTimeout(ms))
  assert(again !== null && again <= ms, `${value} is written as longer than it is`)
}

function contentType(input: Uint8Array): void {
  const value = textOf(input)
  const type = parseContentType(value)
  if (type !== null) assert.deepEqual(parseContentType(formatContentType(type)), type)
  for (const request of ["grpc-web", "grpc-web-text"] as const) {
    assert(["grpc-web", "grpc-web-text"].includes(chooseReplyWire(value, request)))
  }
}

function statusCode(input: Uint8Array): void {
  const text = textOf(input)
  const code = parseStatusCode(text)
  if (code === null) return
  assert(/^\d+$/.test(text) && code === Number(text) && code < 2 ** 31)
  assert.match(codeName(code), /^[A-Z_]+\d*$/)
}

function metadataRules(input: Uint8Array): void {
  const text = textOf(input)
  assert.equal(isMetadataName(text), /^[0-9a-z_.-]+$/.test(text))
  assert.equal(isSafeValue(text), !/[\r\n\0]/.test(text))
  if (isSafeValue(text) && /^[^ \t].*[^ \t]$/s.test(text)) {
    assert.equal(parseTrailerBlock(latin1(`a:${text}`))?.get("a"), text)
  }
}

function http1Head(input: Uint8Array): void {
  const { bytes, chunks } = split(input)
  const read = (parts: readonly Uint8Array[]): unknown => {
    const reader = new RequestHeadReader({ maxBytes: 3_000, maxFields: 50 }, fieldNames)
    reader.begin(0)
    let end = 0
    for (const part of parts) {
      end += part.length
      if (reader.read(bytes, end)) break
    }
    if (reader.problem !== null) return reader.problem
    if (end === 0 || !reader.read(bytes, end)) return null
    const values: string[] = []
    for (let i = 0; i < reader.fieldCount; i++) {
      const value = textOf(bytes.subarray(reader.valueStart(i), reader.valueEnd(i)))
      assert(isSafeValue(value), "a value that would forge a line")
      assert.doesNotMatch(value, /^[ \t]|[ \t]$/)
      values.push(reader.nameOf(i), value)
    }
    const { start, methodEnd, targetEnd, framing, isPersistent, expectsContinue } = reader
    return { start, methodEnd, targetEnd, end: reader.end, values, framing, isPersistent, expectsContinue }
  }
  const whole = read([bytes])
  assert.deepEqual(read(chunks), whole)
  assert.deepEqual(read(singleBytes(bytes)), whole)
}

function http1Chunked(input: Uint8Array): void {
  const { bytes, chunks } = split(input)
  const read = (parts: readonly Uint8Array[]): unknown => {
    const reader = new ChunkedBodyReader()
    const data: number[] = []
    let taken = 0
    for (const part of parts) {
      let at = 0
      while (at < part.length && !reader.isComplete && !reader.isRefused) {
        const from = at
        at = reader.read(part, at, part.length)
        assert(at > from, "no progress")
        data.push(...part.subarray(reader.dataStart, reader.dataEnd))
      }
      taken += at
    }
    return { data, taken, isComplete: reader.isComplete, isRefused: reader.isRefused }
  }
  const whole = read([bytes])
  assert.deepEqual(read(chunks), whole)
  assert.deepEqual(read(singleBytes(bytes)), whole)
}

function textOf(input: Uint8Array): string {
  return Buffer.from(input).toString("latin1")
}

function http2Frames(input: Uint8Array): void {
  const { bytes, chunks } = split(input)
  const h2Limits = { maxFrameBytes: 200, maxFieldBlockBytes: 300, maxContinuations: 3 }
  const whole = readFrames([bytes], h2Limits)
  assert.deepEqual(readFrames(chunks, h2Limits), whole)
  assert.deepEqual(readFrames(singleBytes(bytes), h2Limits), whole)
}

/** The input is cut into blocks of one connection: the first byte is the length of a block. */
function hpack(input: Uint8Array): void {
  const hpackLimits = { maxTableBytes: 200, maxBlockBytes: 500, maxFields: 20 }
  const cache = new FieldBlockCache(new FieldBlockDecoder(hpackLimits))
  const plain = new FieldBlockDecoder(hpackLimits)
  const [encoder, back] = [new FieldBlockEncoder(["a", ":path"]), new FieldBlockDecoder(hpackLimits)]
  encoder.limitTable(200)
  for (let at = 0; at < input.length;) {
    const end = Math.min(input.length, at + 1 + input[at])
    const block = plain.decode(input, at + 1, end)
    assert.deepEqual(cache.decode(input, at + 1, end), block)
    if (block === null) return
    at = end
    if (block.problem !== null) continue
    const out = new Uint8Array(encoder.maxBytes(block.fields))
    const again = back.decode(out, 0, encoder.encode(block.fields, out, 0))
    assert.deepEqual(again?.fields, block.fields)
  }
}
