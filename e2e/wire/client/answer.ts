import { valueOf } from "../../../packages/bridge/test/support/raw-http1.ts"

/** A received gRPC-Web frame. */
export interface WebFrame {
  readonly flags: number
  readonly payload: Buffer
}

/** The received HTTP answer. */
export interface Received {
  readonly httpStatus: number
  /** Flat list of lower-case names and values. */
  readonly fields: readonly string[]
  /** The body in the pieces in which it was sent: HTTP/1.1 chunks or DATA frames. */
  readonly pieces: readonly Buffer[]
  /** The transfer ended early. */
  readonly isCut: boolean
  /** HTTP trailers followed the body. */
  readonly hasHttpTrailers: boolean
}

/** An answer as a correct gRPC-Web client reads it. */
export interface Answer extends Received {
  /** The content type says that the body is base64. */
  readonly isText: boolean
  /** The received body. */
  readonly raw: Buffer
  /** The frames of the body, decoded from base64 if it is text. */
  readonly frames: readonly WebFrame[]
  /** The number of bytes of an incomplete frame at the end. */
  readonly openBytes: number
  /** The payloads of the messages. */
  readonly messages: readonly string[]
  /** The lines of the trailer frame, `name:value`; null if there was no trailer frame. */
  readonly lines: readonly string[] | null
  /** The fields of the trailer frame, or else those of the head. */
  readonly trailers: readonly string[]
  /** The final status; null if there is none. */
  readonly code: number | null
  /** The HTTP answer it was read from. */
  readonly message: string
}

/** Reads an answer. Does not use the product's own readers, because those are under test. */
export function readAnswer(received: Received): Answer {
  const raw = Buffer.concat(received.pieces)
  const type = valueOf(received.fields, "content-type") ?? ""
  const isWeb = /^application\/grpc-web/i.test(type)
  const isText = /^application\/grpc-web-text/i.test(type)
  const bytes = isText ? fromSegments(raw) : raw
  const { frames, openBytes } = isWeb ? cutFrames(bytes) : { frames: [], openBytes: 0 }
  const block = frames.find(({ flags }) => (flags & 0x80) !== 0)?.payload.toString("latin1")
  const lines = block === undefined ? null : block === "" ? [] : block.replace(/\r\n$/, "").split("\r\n")
  const trailers = lines?.flatMap(splitLine) ?? received.fields
  const status = valueOf(trailers, "grpc-status")
  return {
    ...received,
    isText,
    raw,
    frames,
    openBytes,
    messages: frames.filter(({ flags }) => (flags & 0x80) === 0).map(({ payload }) => payload.toString("latin1")),
    lines,
    trailers,
    code: status === null || received.isCut ? null : Number(status),
    message: valueOf(trailers, "grpc-message") ?? "",
  }
}

/** Returns a short description of the answer, for a table. */
export function describeAnswer({ httpStatus, code, message, messages, isCut, openBytes, lines }: Answer): string {
  const parts = [`HTTP ${httpStatus}`, code === null ? "no status" : `status ${code}`]
  if (messages.length > 0) parts.push(`${messages.length} message${messages.length === 1 ? "" : "s"}`)
  if (openBytes > 0) parts.push("half a frame")
  if (isCut) parts.push("cut")
  else if (lines === null && code !== null) parts.push("in the head")
  if (message !== "") parts.push(`"${message.slice(0, 100).replaceAll(/[^ -~]/g, "?")}"`)
  return parts.join(", ")
}

function cutFrames(bytes: Buffer): { frames: WebFrame[]; openBytes: number } {
  const frames: WebFrame[] = []
  let at = 0
  while (bytes.length - at >= 5) {
    const end = at + 5 + bytes.readUInt32BE(at + 1)
    if (end > bytes.length) break
    frames.push({ flags: bytes[at], payload: bytes.subarray(at + 5, end) })
    at = end
  }
  return { frames, openBytes: bytes.length - at }
}

/** PROTOCOL-WEB: base64 in segments, each with its own padding. */
function fromSegments(raw: Buffer): Buffer {
  const segments = raw.toString("latin1").match(/[^=]+={0,2}/g) ?? []
  return Buffer.concat(segments.map((segment) => Buffer.from(segment, "base64")))
}

function splitLine(line: string): string[] {
  const colon = line.indexOf(":")
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
