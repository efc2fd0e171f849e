import type { Socket } from "node:net"
import {
  dataFrame,
  Flag,
  frame,
  headersFrame,
  preface,
  Setting,
  settingsFrame,
  Type,
} from "../../../packages/bridge/test/support/h2-frames.ts"

export interface Http2LineOptions {
  /** SETTINGS_INITIAL_WINDOW_SIZE. Default: 65,535. */
  readonly window?: number
  readonly localAddress?: string
}

const headBytes = 9
/** RFC 9113 §6.9.2. */
const defaultWindow = 65_535
const pseudoFields = [":method", "POST", ":scheme", "http", ":authority", "bridge.test"]
const callFields = ["content-type", "application/grpc-web+proto", "x-grpc-web", "1"]

/**
 * A client's HTTP/2 connection that writes its own frames. It parses as little as possible, because the run measures the
 * attacker's CPU time.
 */
export class Http2Line {
  readonly socket: Socket
  /** The number of streams that ended by END_STREAM or RST_STREAM. */
  endedStreams = 0
  /** The number of received RST_STREAM frames. */
  resets = 0
  /** The code of the received GOAWAY. Null: none was received. */
  goaway: number | null = null
  isClosed = false
  #unread: Buffer = Buffer.alloc(0)
  #nextStream = 1
  /** Bytes of DATA that the target's flow control still allows, on the connection and on the one stream that uploads. */
  #window = { connection: defaultWindow, stream: defaultWindow }
  #initialWindow = defaultWindow
  #onWindow: (() => void) | null = null

  constructor(socket: Socket, { window }: Http2LineOptions) {
    this.socket = socket
    socket.on("data", (chunk: Buffer) => this.#read(chunk))
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.isClosed = true
        this.#wake()
      })
    }
    socket.write(preface)
    this.send(settingsFrame(window === undefined ? [] : [[Setting.InitialWindowSize, window]]))
  }

  send(...frames: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(frames.length === 1 ? frames[0] : Buffer.concat(frames))
  }

  /** Sends bytes and waits until the kernel has accepted them. False: the connection is closed. */
  async sendAll(bytes: Uint8Array): Promise<boolean> {
    if (this.socket.destroyed || !this.socket.writable) return false
    if (this.socket.write(bytes)) return true
    await new Promise<void>((resolve) => {
      this.socket.once("drain", resolve).once("close", resolve)
    })
    return !this.socket.destroyed
  }

  /** Returns the frames of a new call: the head, and the body unless only the head is wanted. */
  call(path: string, body: Uint8Array | null, fields: readonly string[] = []): Uint8Array {
    const id = this.takeStreamId()
    const head = headersFrame(id, [...pseudoFields, ":path", path, ...callFields, ...fields])
    return body === null ? head : Buffer.concat([head, dataFrame(id, body, true)])
  }

  /** Returns the id for a stream that the caller opens. */
  takeStreamId(): number {
    const id = this.#nextStream
    this.#nextStream += 2
    return id
  }

  /** Bytes of DATA that may be sent now on the stream that uploads. */
  get window(): number {
    return Math.min(this.#window.connection, this.#window.stream)
  }

  spendWindow(bytes: number): void {
    this.#window.connection -= bytes
    this.#window.stream -= bytes
  }

  /** Resolves when the window has grown, the stream has ended or the connection has closed. */
  async moreWindow(): Promise<void> {
    await new Promise<void>((resolve) => (this.#onWindow = resolve))
  }

  #wake(): void {
    this.#onWindow?.()
    this.#onWindow = null
  }

  #obey(settings: Buffer): void {
    for (let at = 0; at < settings.length; at += 6) {
      if (settings.readUInt16BE(at) !== Setting.InitialWindowSize) continue
      this.#window.stream += settings.readUInt32BE(at + 2) - this.#initialWindow
      this.#initialWindow = settings.readUInt32BE(at + 2)
    }
    this.send(frame(Type.Settings, Flag.Ack, 0))
  }

  #read(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    while (this.#unread.length >= headBytes) {
      const end = headBytes + this.#unread.readUIntBE(0, 3)
      if (this.#unread.length < end) return
      const streamId = this.#unread.readUInt32BE(5)
      this.#take(this.#unread[3], this.#unread[4], streamId, this.#unread.subarray(headBytes, end))
      this.#unread = this.#unread.subarray(end)
    }
  }

  #take(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (type === Type.WindowUpdate) {
      this.#window[streamId === 0 ? "connection" : "stream"] += payload.readUInt32BE(0)
      this.#wake()
    } else if (type === Type.RstStream) {
      this.resets++
      this.endedStreams++
      this.#wake()
    } else if (type <= Type.Headers) {
      if ((flags & Flag.EndStream) !== 0) this.endedStreams++
    } else if (type === Type.Goaway) this.goaway = payload.readUInt32BE(4)
    else if (type === Type.Settings && (flags & Flag.Ack) === 0) this.#obey(payload)
    else if (type === Type.Ping && (flags & Flag.Ack) === 0) this.send(frame(Type.Ping, Flag.Ack, 0, payload))
  }
}
