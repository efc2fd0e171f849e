// A gRPC server that costs next to nothing, because what stands before it is measured. Prints its address. An argument N makes it
// listen on N addresses, from 127.0.0.1 on, with the same port.
//
// By hand on node:net: node:http2 sends the trailers of an answer in a write of their own and joins messages to large frames,
// where grpc-go, grpc-java or tonic send head, message and trailers of a unary call as one and each streamed message in its
// own frame, many a write. It knows of HTTP/2 (RFC 9113) what this takes, reads no HPACK, and trusts its peer.

import { once } from "node:events"
import { createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"
import { answerTo } from "./backend-methods.ts"

const prefaceBytes = 24
const headBytes = 9
const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, windowUpdate: 8 }
const [endStream, endHeaders, ack] = [0x1, 0x4, 0x1]
const initialWindowSize = 4

/** Of one stream: a fast server hands over what it has ready. */
const framesPerTurn = 20
/** RFC 9113 §4.2: a peer takes no longer frames unless it says so. */
const maxPayloadBytes = 16_384

// HPACK (RFC 7541) without its table: `:status: 200` is entry 8, `content-type` 31; a string follows its length.
const headBlock = Buffer.from("\x88\x0f\x10\x16application/grpc+proto", "latin1")
const trailerBlock = Buffer.from("\x00\x0bgrpc-status\x010", "latin1")

// No stream of the bench fills such a window. The connection's is given back when half of it is used.
const window = Buffer.from([0x7f, 0xff, 0, 0])
const greeting = [
  encode(frameType.settings, 0, 0, Buffer.concat([Buffer.from([0, 3, 0, 0, 3, 0xe8, 0, initialWindowSize]), window])),
  encode(frameType.windowUpdate, 0, 0, window),
]
const refreshBytes = 1 << 30
const refresh = Buffer.from([0x40, 0, 0, 0])

interface Stream {
  readonly id: number
  /** The payloads of its DATA frames. */
  readonly request: Buffer[]
  window: number
  /** One message of the answer in its frame. Null: the request is not complete. */
  message: Uint8Array | null
  /** How much of the current message has gone out. */
  sentBytes: number
  messagesLeft: number
  /** No trailers follow the last message. */
  staysOpen: boolean
}

class Connection {
  readonly #socket: Socket
  readonly #streams = new Map<number, Stream>()
  #unread: Buffer = Buffer.alloc(0)
  #isGreeted = false
  #window = 65_535
  #initialWindow = 65_535
  #receivedBytes = 0
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
      this.#streams.set(id, {
        ...{ id, request: [], window: this.#initialWindow },
        ...{ message: null, sentBytes: 0, messagesLeft: 0, staysOpen: false },
      })
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
    this.#receivedBytes += payload.length
    if (this.#receivedBytes >= refreshBytes) {
      this.#receivedBytes -= refreshBytes
      this.#socket.write(encode(frameType.windowUpdate, 0, 0, refresh))
    }
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    if (payload.length > 0) stream.request.push(payload)
    if (!isLast) return
    this.#socket.write(encode(frameType.headers, endHeaders, id, headBlock))
    const answer = answerTo(stream.request.length === 1 ? stream.request[0] : Buffer.concat(stream.request))
    stream.message = answer.message
    stream.messagesLeft = answer.count
    stream.staysOpen = answer.staysOpen
    this.#answer(stream, answer.message)
    this.#planTurn()
  }

  #widen(id: number, bytes: number): void {
    const stream = this.#streams.get(id)
    if (id === 0) this.#window += bytes
    else if (stream !== undefined) stream.window += bytes
    this.#planTurn()
  }

  /** Sends the next frames, as far as the windows reach. True: some went out. */
  #answer(stream: Stream, message: Uint8Array): boolean {
    const frames: Buffer[] = []
    while (stream.messagesLeft > 0 && frames.length < framesPerTurn) {
      const room = Math.min(maxPayloadBytes, stream.window, this.#window)
      const piece = message.subarray(stream.sentBytes, stream.sentBytes + Math.max(room, 0))
      if (piece.length === 0) break
      frames.push(encode(frameType.data, 0, stream.id, piece))
      stream.window -= piece.length
      this.#window -= piece.length
      stream.sentBytes += piece.length
      if (stream.sentBytes < message.length) continue
      stream.sentBytes = 0
      stream.messagesLeft--
    }
    if (frames.length > 0) this.#socket.write(frames.length === 1 ? frames[0] : Buffer.concat(frames))
    if (stream.messagesLeft === 0 && !stream.staysOpen) {
      this.#socket.write(encode(frameType.headers, endHeaders | endStream, stream.id, trailerBlock))
      this.#streams.delete(stream.id)
    }
    return frames.length > 0
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
    for (const stream of this.#streams.values()) {
      if (stream.message !== null && this.#answer(stream, stream.message)) hasSent = true
    }
    this.#socket.uncork()
    if (hasSent) this.#planTurn()
  }
}

function encode(type: number, flags: number, id: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + payload.length)
  frame.writeUIntBE(payload.length, 0, 3)
  frame[3] = type
  frame[4] = flags
  frame.writeUInt32BE(id, 5)
  frame.set(payload, headBytes)
  return frame
}

async function listen(host: string, port: number): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    const connection = new Connection(socket)
    socket.on("data", (chunk: Buffer) => connection.read(chunk)).on("error", () => {}) // whoever called has gone
  })
  server.listen(port, host)
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

const port = await listen("127.0.0.1", 0)
for (let address = 2; address <= Number(process.argv[2] ?? 1); address++) await listen(`127.0.0.${address}`, port)
process.stdout.write(`backend  http://127.0.0.1:${port}\n`)
