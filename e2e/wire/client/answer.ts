import { valueOf } from "../../../packages/bridge/test/support/raw-http1.ts"

/** A frame of gRPC-Web as it came. */
export interface WebFrame {
  readonly flags: number
  readonly payload: Buffer
}

/** What came over the wire. */
export interface Received {
  readonly httpStatus: number
  /** Flat list of lower-case names and values. */
  readonly fields: readonly string[]
  /** The body in the pieces in which it was sent: chunks, or DATA. */
  readonly pieces: readonly Buffer[]
  /** The transfer broke off. */
  readonly isCut: boolean
  /** HTTP trailers came after the body. */
  readonly hasHttpTrailers: boolean
}

/** An answer as a correct gRPC-Web client reads it. */
export interface Answer extends Received {
  /** The content type says that the body is base64. */
  readonly isText: boolean
  /** The body as it came. */
  readonly raw: Buffer
  /** The body's frames, out of base64 where it is text. */
  readonly frames: readonly WebFrame[]
  /** Bytes of a frame that was begun and never ended. */
  readonly openBytes: number
  /** The payloads of the messages. */
  readonly messages: readonly string[]
  /** The lines of the trailer frame, `name:value`; null: none came. */
  readonly lines: readonly string[] | null
  /** The trailer frame's fields, or those of the head. */
  readonly trailers: readonly string[]
  /** The final status; null: there is none to read. */
  readonly code: number | null
  /** As it travelled. */
  readonly message: string
}

/** Reads an answer. Written apart from the product's own readers, so that they do not judge themselves. */
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

/** The answer in a few words, for a table. */
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

/** PROTOCOL-WEB: base64 in segments, each padded for itself. */
function fromSegments(raw: Buffer): Buffer {
  const segments = raw.toString("latin1").match(/[^=]+={0,2}/g) ?? []
  return Buffer.concat(segments.map((segment) => Buffer.from(segment, "base64")))
}

function splitLine(line: string): string[] {
  const colon = line.indexOf(":")
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
