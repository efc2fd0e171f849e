// A gRPC server that costs next to nothing, because what stands before it is measured. Prints its address.
//
// By hand on node:net: node:http2 sends the trailers of an answer in a write of their own and joins messages to large frames,
// where grpc-go, grpc-java or tonic send head, message and trailers of a unary call as one and each streamed message in its
// own frame, many a write. It knows of HTTP/2 (RFC 9113) what this takes, reads no HPACK, and trusts its peer.

import { createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"
import { asksForStream, frameBytes, messagesPerStream } from "./workloads.ts"

const prefaceBytes = 24
const headBytes = 9
const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, windowUpdate: 8 }
const [endStream, endHeaders, ack] = [0x1, 0x4, 0x1]
const initialWindowSize = 4

/** Of one stream: a fast server hands over what it has ready. */
const messagesPerTurn = 20

// HPACK (RFC 7541) without its table: `:status: 200` is entry 8, `content-type` 31; a string follows its length.
const headBlock = Buffer.from("\x88\x0f\x10\x16application/grpc+proto", "latin1")
const trailerBlock = Buffer.from("\x00\x0bgrpc-status\x010", "latin1")

// Windows that are never given back: 2^31 bytes on the connection are 20 million unary calls.
const window = Buffer.from([0x7f, 0xff, 0, 0])
const greeting = [
  encode(frameType.settings, 0, 0, Buffer.concat([Buffer.from([0, 3, 0, 0, 3, 0xe8, 0, initialWindowSize]), window])),
  encode(frameType.windowUpdate, 0, 0, window),
]

interface Stream {
  readonly id: number
  request: Buffer
  window: number
  /** Of the answer; 0 while the request is not complete. */
  messagesLeft: number
}

class Connection {
  readonly #socket: Socket
  readonly #streams = new Map<number, Stream>()
  #unread: Buffer = Buffer.alloc(0)
  #isGreeted = false
  #window = 65_535
  #initialWindow = 65_535
  #isTurnDue = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.write(Buffer.concat(greeting))
  }

  /** Whatever the bytes of one read lead to leaves in one write. */
  read(chunk: Buffer): void {
    let bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    this.#socket.cork()
    if (!this.#isGreeted && bytes.length >= prefaceBytes) {
      this.#isGreeted = true
      bytes = bytes.subarray(prefaceBytes)
    }
    while (this.#isGreeted && bytes.length >= headBytes) {
      const end = headBytes + bytes.readUIntBE(0, 3)
      if (bytes.length < end) break
      this.#take(bytes[3], bytes[4], bytes.readUInt32BE(5), bytes.subarray(headBytes, end))
      bytes = bytes.subarray(end)
    }
    this.#unread = bytes
    this.#socket.uncork()
  }

  #take(type: number, flags: number, id: number, payload: Buffer): void {
    const isLast = (flags & endStream) !== 0
    if (type === frameType.headers) {
      this.#streams.set(id, { id, request: payload, window: this.#initialWindow, messagesLeft: 0 })
    } else if (type === frameType.data) this.#takeData(id, payload, isLast)
    else if (type === frameType.reset) this.#streams.delete(id)
    else if (type === frameType.windowUpdate) this.#widen(id, payload.readUInt32BE(0))
    else if (type === frameType.ping && (flags & ack) === 0) this.#socket.write(encode(type, ack, 0, payload))
    else if (type === frameType.settings && (flags & ack) === 0) {
      for (let at = 0; at < payload.length; at += 6) {
        if (payload.readUInt16BE(at) === initialWindowSize) this.#initialWindow = payload.readUInt32BE(at + 2)
      }
      this.#socket.write(encode(type, ack, 0, Buffer.alloc(0)))
    }
  }

  #takeData(id: number, payload: Buffer, isLast: boolean): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    if (payload.length > 0) stream.request = payload
    if (!isLast) return
    this.#socket.write(encode(frameType.headers, endHeaders, id, headBlock))
    stream.messagesLeft = asksForStream(stream.request) ? messagesPerStream : 1
    this.#answer(stream)
    this.#planTurn()
  }

  #widen(id: number, bytes: number): void {
    const stream = this.#streams.get(id)
    if (id === 0) this.#window += bytes
    else if (stream !== undefined) stream.window += bytes
    this.#planTurn()
  }

  /** Sends the next messages, as far as the windows reach. True: some went out. */
  #answer(stream: Stream): boolean {
    const room = Math.floor(Math.min(stream.window, this.#window) / frameBytes)
    const count = Math.min(stream.messagesLeft, messagesPerTurn, room)
    const message = encode(frameType.data, 0, stream.id, stream.request)
    if (count > 0)
      this.#socket.write(count === 1 ? message : Buffer.concat(Array.from({ length: count }, () => message)))
    stream.messagesLeft -= count
    stream.window -= count * frameBytes
    this.#window -= count * frameBytes
    if (stream.messagesLeft === 0) {
      this.#socket.write(encode(frameType.headers, endHeaders | endStream, stream.id, trailerBlock))
      this.#streams.delete(stream.id)
    }
    return count > 0
  }

  #planTurn(): void {
    if (this.#isTurnDue || this.#streams.size === 0) return
    this.#isTurnDue = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#isTurnDue = false
    let hasSent = false
    this.#socket.cork()
    for (const stream of this.#streams.values()) if (stream.messagesLeft > 0 && this.#answer(stream)) hasSent = true
    this.#socket.uncork()
    if (hasSent) this.#planTurn()
  }
}

function encode(type: number, flags: number, id: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + payload.length)
  frame.writeUIntBE(payload.length, 0, 3)
  frame[3] = type
  frame[4] = flags
  frame.writeUInt32BE(id, 5)
  payload.copy(frame, headBytes)
  return frame
}

const server = createServer({ noDelay: true }, (socket) => {
  const connection = new Connection(socket)
  socket.on("data", (chunk: Buffer) => connection.read(chunk)).on("error", () => {}) // whoever called has gone
})
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`backend  http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
