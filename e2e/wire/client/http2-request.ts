import {
  dataFrame,
  Flag,
  H2Code,
  headersFrame,
  resetFrame,
  Setting,
  Type,
} from "../../../packages/bridge/test/support/h2-frames.ts"
import type { RawPeer, ReceivedFrame } from "../../../packages/bridge/test/support/raw-h2.ts"
import { connectRawClient } from "../../../packages/bridge/test/support/raw-h2.ts"
import { waitFor } from "../../../packages/bridge/test/support/wait-for.ts"
import { HpackDecoder } from "../raw/hpack.ts"
import type { Answer } from "./answer.ts"
import { readAnswer } from "./answer.ts"
import type { RequestLine, WebRequest } from "./web-request.ts"

const streamId = 1
const maxFrameBytes = 16_384

/** One request in raw HTTP/2 frames, with prior knowledge. */
export class Http2Request implements WebRequest {
  readonly #peer: RawPeer
  readonly #hpack = new HpackDecoder()
  readonly #pieces: Buffer[] = []
  #fields: string[] | null = null
  #hasHttpTrailers = false
  #state: "open" | "whole" | "cut" = "open"
  /** DATA that waits for a larger flow-control window. */
  readonly #waiting: { readonly bytes: Uint8Array; readonly isLast: boolean }[] = []
  #sentBytes = 0
  #connectionWindow = 65_535
  #streamWindow = 65_535

  static async open(address: string, line: RequestLine): Promise<Http2Request> {
    return new Http2Request(await connectRawClient(address), line)
  }

  constructor(peer: RawPeer, { method, path, fields, bodyBytes }: RequestLine) {
    this.#peer = peer
    peer.onFrame = (received) => this.#take(received)
    peer.socket.on("close", () => this.#over("cut"))
    const pseudo = [":method", method, ":scheme", "http", ":path", path, ":authority", "wire.test"]
    const length = bodyBytes === undefined ? [] : ["content-length", String(bodyBytes)]
    peer.send(headersFrame(streamId, [...pseudo, ...fields, ...length], method !== "POST"))
  }

  #take({ type, flags, streamId: id, payload }: ReceivedFrame): void {
    if (type === Type.Settings && (flags & Flag.Ack) === 0) this.#settings(payload)
    else if (type === Type.WindowUpdate) this.#grant(id, payload.readUInt32BE(0))
    else if (type === Type.Headers) this.#headers(this.#hpack.decode(payload))
    else if (type === Type.Data && payload.length > 0) this.#pieces.push(payload)
    else if (type === Type.RstStream) this.#over("cut")
    else if (type === Type.Goaway && payload.readUInt32BE(0) < streamId) this.#over("cut")
    if (type <= Type.Headers && (flags & Flag.EndStream) !== 0) this.#over("whole")
  }

  #headers(fields: string[]): void {
    if (this.#fields !== null) this.#hasHttpTrailers = true
    else if (!fields[1].startsWith("1")) this.#fields = fields
  }

  /** Ignores frames after the end of the answer, such as a reset that stops the rest of an upload. */
  #over(state: "whole" | "cut"): void {
    if (this.#state === "open") this.#state = state
  }

  #settings(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) === Setting.InitialWindowSize)
        this.#streamWindow += payload.readUInt32BE(at + 2) - 65_535
    }
    this.#send()
  }

  #grant(id: number, increment: number): void {
    if (id === 0) this.#connectionWindow += increment
    else this.#streamWindow += increment
    this.#send()
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += maxFrameBytes) {
      this.#waiting.push({ bytes: bytes.subarray(at, at + maxFrameBytes), isLast: false })
    }
    this.#send()
  }

  end(): void {
    this.#waiting.push({ bytes: new Uint8Array(), isLast: true })
    this.#send()
  }

  #send(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.bytes.length > Math.min(this.#connectionWindow, this.#streamWindow)) return
      this.#connectionWindow -= next.bytes.length
      this.#streamWindow -= next.bytes.length
      this.#sentBytes += next.bytes.length
      this.#peer.send(dataFrame(streamId, next.bytes, next.isLast))
      this.#waiting.shift()
    }
  }

  async until(isEnough: (soFar: Answer) => boolean): Promise<Answer> {
    await waitFor(() => this.#state !== "open" || (this.#fields !== null && isEnough(this.#soFar())))
    if (!isEnough(this.#soFar())) throw new Error("the answer ended early")
    return this.#soFar()
  }

  async answer(): Promise<Answer> {
    await waitFor(() => this.#state !== "open", { timeoutMs: 60_000 })
    if (this.#fields === null) throw new Error("the stream was reset without an answer")
    return this.#soFar()
  }

  #soFar(): Answer {
    const [, status, ...fields] = this.#fields ?? ["", "0"]
    return readAnswer({
      httpStatus: Number(status),
      fields,
      pieces: this.#pieces,
      isCut: this.#state === "cut",
      hasHttpTrailers: this.#hasHttpTrailers,
    })
  }

  get sentBytes(): number {
    return this.#sentBytes - this.#peer.socket.writableLength
  }

  pause(): void {
    this.#peer.socket.pause()
  }

  resume(): void {
    this.#peer.socket.resume()
  }

  cancel(): void {
    this.#peer.send(resetFrame(streamId, H2Code.Cancel))
  }

  close(): void {
    this.#peer.socket.destroy()
  }
}
