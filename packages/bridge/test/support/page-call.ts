import { request as requestHttp1 } from "node:http"
import type { ClientRequest, IncomingMessage } from "node:http"
import { connect, constants } from "node:http2"
import type { ClientHttp2Session, ClientHttp2Stream, SecureClientSessionOptions } from "node:http2"
import type { Metadata } from "@causeway/protocol"
import { flagTrailer, FrameDecoder, MetadataList, parseTrailerBlock } from "@causeway/protocol"
import { resetStream } from "../../src/core/reset-stream.ts"
import { grpcMessage } from "./h2-frames.ts"
import { waitFor } from "./wait-for.ts"
import type { TestCarrier } from "./web-call.ts"

/** A call as a page makes it. */
export interface PageCallOptions {
  /** Default HTTP/1.1. */
  readonly carrier?: TestCarrier
  /** The address that the client has, out of 127.0.0.0/8. Default 127.0.0.1. */
  readonly from?: string
  /** Default `/test.Service/Method`. */
  readonly path?: string
  /** Flat list of further request fields. */
  readonly fields?: readonly string[]
  /** Payload of the one request message; null: the test writes the request itself, and ends it. Default "hello". */
  readonly message?: Uint8Array | string | null
}

/** What a page gets to see. */
export interface PageAnswer {
  readonly httpStatus: number
  /** The head of the answer. */
  readonly fields: Metadata
  /** The payloads of its whole messages. */
  readonly messages: readonly Buffer[]
  /** The blocks of its trailer frames. More than one is an error. */
  readonly trailers: readonly Metadata[]
  /** Bytes of an incomplete frame. */
  readonly openBytes: number
  /** The HTTP client reports a broken transfer: `fetch` rejects. */
  readonly isCut: boolean
  /** The final status as a correct client reports it. Null: the transfer broke off without one. */
  readonly code: number | null
  /** `grpc-message` as received. */
  readonly message: string
  /** `x-causeway-reason`, from the head or the trailers. */
  readonly reason: string | null
}

/** Calls and waits for the answer's end, whole or cut. */
export function callPage(address: string, options: PageCallOptions = {}): Promise<PageAnswer> {
  return new PageCall(address, options).answer
}

/**
 * One call over gRPC-Web on a connection of its own. Node's HTTP clients carry it, not our own parser: they are the judges of
 * whether an answer is whole.
 */
export class PageCall {
  /** Resolves when the answer is over, also when it was cut; rejects when there is none. */
  readonly answer: Promise<PageAnswer>
  readonly messages: Buffer[] = []
  hasHead = false
  /** Of the answer's body. */
  receivedBytes = 0
  readonly #transport: Transport
  readonly #decoder = new FrameDecoder({ maxMessageBytes: 256 << 20 })
  readonly #trailers: Metadata[] = []
  #httpStatus = 0
  #fields: Metadata = new MetadataList()

  constructor(address: string, options: PageCallOptions = {}) {
    const { carrier = "http1", message = "hello" } = options
    const { promise, resolve, reject } = Promise.withResolvers<PageAnswer>()
    this.answer = promise
    promise.catch(() => {}) // a test that cancels does not ask for the answer
    const Transport = carrier === "http2" ? Http2Transport : Http1Transport
    this.#transport = new Transport(address, options, {
      head: (status, fields) => this.#head(status, fields),
      data: (chunk) => this.#data(chunk),
      over: (isCut) => (this.hasHead ? resolve(this.#answer(isCut)) : reject(new Error("no answer"))),
    })
    if (message !== null) this.#transport.end(grpcMessage(message))
  }

  /** Sends one more message of the request. False: the bridge takes no more for now. */
  send(payload: Uint8Array | string): boolean {
    return this.#transport.write(grpcMessage(payload))
  }

  end(): void {
    this.#transport.end()
  }

  /** Stops reading: the connection fills up. */
  pause(): void {
    this.#transport.pause()
  }

  resume(): void {
    this.#transport.resume()
  }

  /** Leaves, like a page that is closed. */
  cancel(): void {
    this.#transport.cancel()
  }

  /** Waits until this many messages have come. */
  async received(count: number): Promise<void> {
    await waitFor(() => this.messages.length >= count)
  }

  #head(status: number, fields: string[]): void {
    this.hasHead = true
    this.#httpStatus = status
    this.#fields = new MetadataList(fields.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)))
  }

  #data(chunk: Buffer): void {
    this.receivedBytes += chunk.length
    this.#decoder.push(chunk, ({ flags, payload }) => {
      if ((flags & flagTrailer) === 0) this.messages.push(Buffer.from(payload))
      else this.#trailers.push(parseTrailerBlock(payload) ?? new MetadataList(["grpc-status", "unreadable"]))
    })
  }

  #answer(isCut: boolean): PageAnswer {
    const last = this.#trailers.at(-1) ?? this.#fields
    const status = last.get("grpc-status")
    return {
      httpStatus: this.#httpStatus,
      fields: this.#fields,
      messages: this.messages,
      trailers: this.#trailers,
      openBytes: this.#decoder.bufferedBytes,
      isCut,
      code: status === null || isCut ? null : Number(status),
      message: last.get("grpc-message") ?? "",
      reason: last.get("x-causeway-reason"),
    }
  }
}

interface TransportListener {
  head(status: number, fields: string[]): void
  data(chunk: Buffer): void
  over(isCut: boolean): void
}

interface Transport {
  write(bytes: Uint8Array): boolean
  end(bytes?: Uint8Array): void
  pause(): void
  resume(): void
  cancel(): void
}

class Http1Transport implements Transport {
  readonly #request: ClientRequest
  #response: IncomingMessage | null = null
  #isPaused = false

  constructor(address: string, options: PageCallOptions, to: TransportListener) {
    const headers = ["host", new URL(address).host, "connection", "close", ...requestFields(options)]
    this.#request = requestHttp1(address, {
      method: "POST",
      path: pathOf(options),
      agent: false,
      headers,
      localAddress: options.from,
      maxHeaderSize: 1 << 20,
    })
    this.#request.on("response", (response) => {
      this.#response = response
      to.head(response.statusCode ?? 0, response.rawHeaders)
      response.on("data", (chunk: Buffer) => to.data(chunk)).on("error", () => {})
      response.on("close", () => to.over(!response.complete))
      if (this.#isPaused) response.pause()
    })
    this.#request.on("error", () => this.#response === null && to.over(true))
  }

  write(bytes: Uint8Array): boolean {
    return this.#request.write(bytes)
  }

  end(bytes?: Uint8Array): void {
    this.#request.end(bytes)
  }

  pause(): void {
    this.#isPaused = true
    this.#response?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#response?.resume()
  }

  cancel(): void {
    this.#request.destroy()
  }
}

class Http2Transport implements Transport {
  readonly #session: ClientHttp2Session
  readonly #stream: ClientHttp2Stream

  constructor(address: string, options: PageCallOptions, to: TransportListener) {
    this.#session = connect(address, { localAddress: options.from } as SecureClientSessionOptions)
    this.#session.on("error", () => {})
    const { host } = new URL(address)
    const pseudo = [":method", "POST", ":scheme", "http", ":authority", host, ":path", pathOf(options)]
    this.#stream = this.#session.request([...pseudo, ...requestFields(options)], { endStream: false })
    let hasEnded = false
    this.#stream.on("response", (headers, _flags, raw: string[]) => to.head(Number(headers[":status"]), raw.slice(2)))
    this.#stream.on("data", (chunk: Buffer) => to.data(chunk)).on("error", () => {})
    this.#stream.on("end", () => (hasEnded = true))
    this.#stream.on("close", () => {
      to.over(!hasEnded || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR)
      this.#session.close()
    })
  }

  write(bytes: Uint8Array): boolean {
    return this.#stream.write(bytes)
  }

  end(bytes?: Uint8Array): void {
    if (bytes === undefined) this.#stream.end()
    else this.#stream.end(bytes)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  cancel(): void {
    resetStream(this.#stream, constants.NGHTTP2_CANCEL)
  }
}

function pathOf(options: PageCallOptions): string {
  return options.path ?? "/test.Service/Method"
}

function requestFields(options: PageCallOptions): string[] {
  return ["content-type", "application/grpc-web+proto", "x-grpc-web", "1", ...(options.fields ?? [])]
}
