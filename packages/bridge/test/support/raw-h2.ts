import type { Socket } from "node:net"
import { connect, createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import type { Certificate } from "./certificate.ts"
import { Flag, frame, preface, settingsFrame, Type, windowUpdateFrame } from "./h2-frames.ts"
import { waitFor } from "./wait-for.ts"

/** A frame as received. */
export interface ReceivedFrame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Buffer
}

/** Automatic behaviour of a raw peer. */
export interface RawPeerOptions {
  /** Sent first. Null: nothing is sent, nor answered. */
  readonly settings?: readonly (readonly [id: number, value: number])[] | null
  /** Gives back window for what was received; default true. */
  readonly grantsWindow?: boolean
  /** Answers PING; default true. */
  readonly answersPings?: boolean
}

/** One end of an HTTP/2 connection, which sends the frames of the test. */
export class RawPeer {
  readonly socket: Socket
  /** Every frame received, in order. */
  readonly frames: ReceivedFrame[] = []
  /** Ids of the streams that the other end opened, in order. */
  readonly opened: number[] = []
  isClosed = false
  /** Called for each frame, once it stands in `frames`. */
  onFrame: (frame: ReceivedFrame) => void = () => {}
  readonly #options: RawPeerOptions
  #answersPings: boolean
  #unread: Buffer = Buffer.alloc(0)
  #awaitsPreface: boolean

  constructor(socket: Socket, side: "client" | "server", options: RawPeerOptions = {}) {
    this.socket = socket
    this.#options = options
    this.#answersPings = options.answersPings ?? true
    this.#awaitsPreface = side === "server"
    socket.setNoDelay(true)
    socket.on("error", () => {})
    socket.on("close", () => (this.isClosed = true))
    socket.on("data", (chunk: Buffer) => this.#read(chunk))
    if (side === "client") socket.write(preface)
    if (options.settings !== null) this.send(settingsFrame(options.settings))
  }

  /** Writes the frames in one write: on loopback one segment. */
  send(...frames: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames))
  }

  stopAnsweringPings(): void {
    this.#answersPings = false
  }

  /** Cuts the connection with a TCP reset. */
  resetConnection(): void {
    this.socket.resetAndDestroy()
  }

  /** Waits for the stream that the other end opens as its `number`th (from 1), and gives its id. */
  async stream(number: number): Promise<number> {
    await waitFor(() => this.opened.length >= number)
    return this.opened[number - 1]
  }

  /** Waits for a frame of this type on this stream. */
  async frame(type: number, streamId: number): Promise<ReceivedFrame> {
    const find = (): ReceivedFrame | undefined =>
      this.frames.find((one) => one.type === type && one.streamId === streamId)
    await waitFor(() => find() !== undefined)
    return find() as ReceivedFrame
  }

  /** Waits for the RST_STREAM on this stream and gives its code. */
  async reset(streamId: number): Promise<number> {
    return (await this.frame(Type.RstStream, streamId)).payload.readUInt32BE(0)
  }

  /** Drops what was received on a stream. */
  forget(streamId: number): void {
    const kept = this.frames.filter((one) => one.streamId !== streamId)
    this.frames.splice(0, this.frames.length, ...kept)
  }

  /** The DATA received on a stream so far. */
  body(streamId: number): Buffer {
    return Buffer.concat(
      this.frames.filter((one) => one.type === Type.Data && one.streamId === streamId).map((one) => one.payload),
    )
  }

  /** The other end has ended this stream. */
  hasEnded(streamId: number): boolean {
    return this.frames.some(
      (one) => one.streamId === streamId && one.type <= Type.Headers && (one.flags & Flag.EndStream) !== 0,
    )
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk])
    if (this.#awaitsPreface) {
      if (this.#unread.length < preface.length) return
      this.#unread = this.#unread.subarray(preface.length)
      this.#awaitsPreface = false
    }
    while (this.#unread.length >= 9) {
      const length = this.#unread.readUIntBE(0, 3)
      if (this.#unread.length < 9 + length) return
      const [head, payload] = [this.#unread.subarray(0, 9), this.#unread.subarray(9, 9 + length)]
      this.#unread = this.#unread.subarray(9 + length)
      this.#take({ type: head[3], flags: head[4], streamId: head.readUInt32BE(5) & 0x7fffffff, payload })
    }
  }

  #take(received: ReceivedFrame): void {
    const { type, flags, streamId, payload } = received
    const { settings, grantsWindow = true } = this.#options
    this.frames.push(received)
    if (type === Type.Headers && !this.opened.includes(streamId)) this.opened.push(streamId)
    const isAck = (flags & Flag.Ack) !== 0
    if (type === Type.Settings && !isAck && settings !== null) this.send(frame(Type.Settings, Flag.Ack, 0))
    if (type === Type.Ping && !isAck && this.#answersPings) this.send(frame(Type.Ping, Flag.Ack, 0, payload))
    if (type === Type.Data && payload.length > 0 && grantsWindow) {
      this.send(windowUpdateFrame(0, payload.length), windowUpdateFrame(streamId, payload.length))
    }
    this.onFrame(received)
  }
}

/** A backend that sends the frames of the test. */
export interface RawBackend {
  /** `http://127.0.0.1:port`, or `https:`. */
  readonly url: string
  readonly port: number
  /** Every connection accepted so far. */
  readonly peers: readonly RawPeer[]
  /** Waits for the `number`th connection (from 1). */
  peer(number: number): Promise<RawPeer>
  /** Takes no further connection. */
  close(): Promise<void>
}

/** Starts a raw backend, over TLS when it is given a certificate. `port` 0 picks a free one. */
export async function startRawBackend(
  onConnection: (peer: RawPeer) => void = () => {},
  options: RawPeerOptions & { readonly port?: number; readonly tls?: Certificate } = {},
): Promise<RawBackend> {
  const peers: RawPeer[] = []
  const { tls } = options
  const take = (socket: Socket): void => {
    const peer = new RawPeer(socket, "server", options)
    peers.push(peer)
    onConnection(peer)
  }
  const server = tls === undefined ? createServer(take) : createTlsServer({ ...tls, ALPNProtocols: ["h2"] }, take)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    peers,
    async peer(number) {
      await waitFor(() => peers.length >= number)
      return peers[number - 1]
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const peer of peers) peer.socket.destroy()
      await closed
    },
  }
}

/** Connects a raw client to `http://host:port`. */
export async function connectRawClient(address: string, options: RawPeerOptions = {}): Promise<RawPeer> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject))
  return new RawPeer(socket, "client", options)
}

/** Lets everything in this process read what was written before: two turns of the event loop. */
export async function nextTurn(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * Whether Node notices that a connection's HTTP/2 is broken beyond repair: since nghttp2 1.69 (Node 22.23, 24.17, 26.2;
 * nodejs/node#62867). Before, such a call ends by its deadline or by keepalive.
 */
export const noticesBrokenHttp2: boolean = Number(process.versions["nghttp2"]?.split(".")[1]) >= 69
