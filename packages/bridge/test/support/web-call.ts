import { connect as connectH2, constants } from "node:http2"
import type { ClientHttp2Session } from "node:http2"
import { decodeStatusMessage, FrameDecoder, flagTrailer, parseTrailerBlock } from "@causeway/protocol"
import { resetStream } from "../../src/core/reset-stream.ts"
import type { Http1Head, RawHttp1 } from "./raw-http1.ts"
import { connectRawHttp1, httpChunk, requestHead, valueOf } from "./raw-http1.ts"
import { waitFor } from "./wait-for.ts"

/** The protocol of the test's client. */
export type TestCarrier = "http1" | "http2"

/** Both, for tests that hold on each. */
export const carriers: readonly TestCarrier[] = ["http1", "http2"]

/** One request of a page, sent in pieces by the test. */
export interface WebCall {
  /** Sends these bytes of the body as one HTTP/1.1 chunk or one DATA. */
  write(bytes: Uint8Array): void
  end(bytes?: Uint8Array): void
  /** The response head, once it came. */
  head(): Promise<Http1Head>
  /** Body bytes received so far. */
  received(): Buffer
  /** The complete response. Rejects when it was cut. */
  reply(): Promise<WebReply>
  /** Stops reading. */
  pause(): void
  resume(): void
  /** Leaves: RST_STREAM, or the socket closed. */
  cancel(): void
  /** Closes the connection. */
  close(): void
  /** The response was cut, or the connection closed before it. */
  readonly isCut: boolean
}

/** The result of a call as a page sees it. */
export interface WebReply extends Http1Head {
  readonly body: Buffer
  /** Payloads of the messages as text. */
  readonly messages: readonly string[]
  /** grpc-status of the trailer frame, or of the head. Null: none. */
  readonly code: number | null
  readonly message: string
  readonly reason: string | null
  /** Flat list: the trailer frame's; null: none came. */
  readonly trailers: readonly string[] | null
}

/** Reads a response as a gRPC-Web client does; text is decoded segment by segment. */
export function readReply(head: Http1Head, body: Buffer): WebReply {
  const isText = valueOf(head.fields, "content-type")?.startsWith("application/grpc-web-text") ?? false
  const messages: string[] = []
  let trailers: string[] | null = null
  if (valueOf(head.fields, "content-type")?.startsWith("application/grpc-web") === true) {
    new FrameDecoder({ maxMessageBytes: 64 << 20 }).push(isText ? decodeText(body) : body, ({ flags, payload }) => {
      if (flags === flagTrailer) trailers = [...(parseTrailerBlock(payload) ?? [])].flat()
      else messages.push(Buffer.from(payload).toString("latin1"))
    })
  }
  const last = trailers ?? head.fields
  const status = valueOf(last, "grpc-status")
  const code = status === null ? null : Number(status)
  const message = decodeStatusMessage(valueOf(last, "grpc-message") ?? "")
  return { ...head, body, messages, trailers, code, message, reason: valueOf(last, "x-causeway-reason") }
}

/** Base64 padded in the middle: each padded segment by itself. */
function decodeText(body: Buffer): Buffer {
  const segments = body.toString("latin1").match(/[A-Za-z0-9+/]+={0,2}/g) ?? []
  return Buffer.concat(segments.map((segment) => Buffer.from(segment, "base64")))
}

/** Opens a POST of gRPC-Web on a connection of its own. `fields` is a flat list; a content type is added where it has none. */
export async function openWebCall(
  address: string,
  carrier: TestCarrier,
  path: string,
  fields: readonly string[] = [],
): Promise<WebCall> {
  const all = fields.includes("content-type") ? fields : ["content-type", "application/grpc-web+proto", ...fields]
  if (carrier === "http1") return new Http1WebCall(await connectRawHttp1(address), path, all)
  const session = connectH2(address)
  await new Promise<void>((resolve, reject) => session.once("connect", () => resolve()).once("error", reject))
  return openHttp2WebCall(session, path, all, true)
}

/** Sends a whole request and reads the whole reply. */
export async function callWeb(
  address: string,
  carrier: TestCarrier,
  path: string,
  body: Uint8Array,
  fields: readonly string[] = [],
): Promise<WebReply> {
  const call = await openWebCall(address, carrier, path, fields)
  try {
    call.end(body)
    return await call.reply()
  } finally {
    call.close()
  }
}

class Http1WebCall implements WebCall {
  readonly #raw: RawHttp1
  readonly #parts: Buffer[] = []
  readonly #head: Promise<Http1Head>
  readonly #reply: Promise<WebReply>
  #isWhole = false

  constructor(raw: RawHttp1, path: string, fields: readonly string[]) {
    this.#raw = raw
    raw.send(requestHead(path, [...fields, "transfer-encoding", "chunked"]))
    this.#head = raw.head()
    this.#reply = this.#read()
    this.#reply.catch(() => {})
  }

  get isCut(): boolean {
    return this.#raw.isClosed && !this.#isWhole
  }

  async #read(): Promise<WebReply> {
    const head = await this.#head
    for await (const part of this.#raw.body(head)) this.#parts.push(part)
    this.#isWhole = true
    return readReply(head, this.received())
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#raw.send(httpChunk(bytes))
  }

  end(bytes: Uint8Array = new Uint8Array()): void {
    this.write(bytes)
    this.#raw.send(httpChunk(new Uint8Array()))
  }

  head(): Promise<Http1Head> {
    return this.#head
  }

  received(): Buffer {
    return Buffer.concat(this.#parts)
  }

  reply(): Promise<WebReply> {
    return this.#reply
  }

  pause(): void {
    this.#raw.socket.pause()
  }

  resume(): void {
    this.#raw.socket.resume()
  }

  cancel(): void {
    this.#raw.destroy()
  }

  close(): void {
    this.#raw.destroy()
  }
}

/** Opens a POST of gRPC-Web on this HTTP/2 connection. */
export function openHttp2WebCall(
  session: ClientHttp2Session,
  path: string,
  fields: readonly string[],
  ownsSession = false,
): WebCall {
  const { host } = new URL(session.originSet?.[0] ?? "http://bridge.test")
  const pseudo = [":method", "POST", ":scheme", "http", ":path", path, ":authority", host]
  const stream = session.request([...pseudo, ...fields], { endStream: false })
  const parts: Buffer[] = []
  let head: Http1Head | null = null
  let state: "open" | "whole" | "cut" = "open"
  if (session.listenerCount("error") === 0) session.on("error", () => {})
  stream.on("response", (headers, _flags, raw: string[]) => {
    head = { status: Number(headers[":status"]), fields: raw.slice(2) }
  })
  stream.on("data", (chunk: Buffer) => parts.push(chunk))
  stream.on("end", () => (state = stream.rstCode === 0 || stream.rstCode === undefined ? "whole" : "cut"))
  stream.on("close", () => (state = state === "whole" && head !== null ? "whole" : "cut")).on("error", () => {})
  const headCame = async (): Promise<Http1Head> => {
    await waitFor(() => head !== null || state === "cut")
    if (head === null) throw new Error("the stream was reset before the response head")
    return head
  }
  return {
    write: (bytes) => void stream.write(bytes),
    end: (bytes) => void (bytes === undefined || bytes.length === 0 ? stream.end() : stream.end(bytes)),
    head: headCame,
    received: () => Buffer.concat(parts),
    async reply() {
      const came = await headCame()
      await waitFor(() => state !== "open")
      if (state === "cut") throw new Error("the response was cut")
      return readReply(came, Buffer.concat(parts))
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    cancel: () => resetStream(stream, constants.NGHTTP2_CANCEL),
    close: () => (ownsSession ? session.destroy() : stream.close(constants.NGHTTP2_CANCEL)),
    get isCut() {
      return state === "cut"
    },
  }
}
