import type { Socket } from "node:net"
import type { CallEvents, ClientConnection, LoadCall } from "./client-connection.ts"
import { openSocket } from "./client-connection.ts"
import type { PreparedBlock } from "./hpack-block.ts"
import type { LoadSpec } from "./load-spec.ts"
import { writeNumber } from "./request-fields.ts"

const headBytes = 9
const maxPayloadBytes = 16_384
const frameType = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 }
const [endStream, endHeaders, ack, padded] = [0x1, 0x4, 0x1, 0x8]
const initialWindowSetting = 4
const cancel = Buffer.from([0, 0, 0, 8])

// The widest windows: the reader is never what a subject waits for.
const window = Buffer.from([0x7f, 0xff, 0, 0])
const greeting = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  frame(frameType.settings, 0, 0, Buffer.concat([Buffer.from([0, initialWindowSetting]), window])),
  frame(frameType.windowUpdate, 0, 0, window),
])
const refreshBytes = 1 << 30
const refresh = frame(frameType.windowUpdate, 0, 0, Buffer.from([0x40, 0, 0, 0]))

interface Stream {
  readonly id: number
  readonly call: LoadCall
  sentBytes: number
  window: number
}

/** Several calls at a time over HTTP/2. It knows of RFC 9113 what this takes, and trusts the subject. */
export class Http2Connection implements ClientConnection {
  openCalls = 0
  readonly #socket: Socket
  readonly #blocks: readonly PreparedBlock[]
  readonly #body: Uint8Array
  readonly #events: CallEvents
  readonly #streams = new Map<number, Stream>()
  readonly #ids = new Map<LoadCall, number>()
  #unread: Buffer = Buffer.alloc(0)
  #nextId = 1
  #window = 65_535
  #initialWindow = 65_535
  #receivedBytes = 0
  #isClosed = false

  constructor(spec: LoadSpec, blocks: readonly PreparedBlock[], body: Uint8Array, events: CallEvents) {
    this.#blocks = blocks
    this.#body = body
    this.#events = events
    this.#socket = openSocket(spec.address, "http2")
      .on("data", (chunk: Buffer) => this.#read(chunk))
      .on("error", (error) => events.failed(error.message))
      .on("close", () => {
        this.#isClosed = true
        if (this.#streams.size > 0) events.failed("the subject closed a connection during calls")
      })
    this.#socket.write(greeting)
  }

  begin(call: LoadCall): void {
    const id = this.#nextId
    this.#nextId += 2
    const stream = { id, call, sentBytes: 0, window: this.#initialWindow }
    this.#streams.set(id, stream)
    this.#ids.set(call, id)
    this.openCalls++
    const { first, later } = this.#blocks[call.number % this.#blocks.length]
    const head = frame(frameType.headers, endHeaders, id, id === 1 ? first : later)
    writeNumber(head, head.length, call.number)
    this.#socket.write(head)
    this.#sendBody(stream)
  }

  abort(call: LoadCall): void {
    const id = this.#ids.get(call) ?? 0
    this.#forget(id, call)
    this.#socket.write(frame(frameType.reset, 0, id, cancel))
  }

  #sendBody(stream: Stream): void {
    while (stream.sentBytes < this.#body.length) {
      const room = Math.min(maxPayloadBytes, stream.window, this.#window)
      if (room <= 0) return
      const piece = this.#body.subarray(stream.sentBytes, stream.sentBytes + room)
      stream.sentBytes += piece.length
      stream.window -= piece.length
      this.#window -= piece.length
      const flags = stream.sentBytes === this.#body.length ? endStream : 0
      this.#socket.write(frame(frameType.data, flags, stream.id, piece))
    }
  }

  /** Whatever the bytes of one read lead to leaves in one write. */
  #read(chunk: Buffer): void {
    let bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    this.#socket.cork()
    while (bytes.length >= headBytes && !this.#isClosed) {
      const end = headBytes + bytes.readUIntBE(0, 3)
      if (bytes.length < end) break
      this.#take(bytes[3], bytes[4], bytes.readUInt32BE(5), bytes.subarray(headBytes, end))
      bytes = bytes.subarray(end)
    }
    this.#unread = bytes
    this.#socket.uncork()
  }

  #take(type: number, flags: number, id: number, payload: Buffer): void {
    if (type === frameType.data) this.#takeData(flags, id, payload)
    else if (type === frameType.headers) this.#takeEnd(flags, id)
    else if (type === frameType.windowUpdate) this.#widen(id, payload.readUInt32BE(0))
    else if (type === frameType.reset) this.#takeReset(id, payload.readUInt32BE(0))
    else if (type === frameType.goAway) this.#events.failed(`GOAWAY ${payload.readUInt32BE(4)}`)
    else if ((flags & ack) !== 0) return
    else if (type === frameType.ping) this.#socket.write(frame(type, ack, 0, payload))
    else if (type === frameType.settings) this.#takeSettings(payload)
  }

  #takeSettings(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== initialWindowSetting) continue
      const size = payload.readUInt32BE(at + 2)
      for (const stream of this.#streams.values()) stream.window += size - this.#initialWindow
      this.#initialWindow = size
    }
    this.#socket.write(frame(frameType.settings, ack, 0, Buffer.alloc(0)))
    this.#sendMore()
  }

  #takeData(flags: number, id: number, payload: Buffer): void {
    this.#receivedBytes += payload.length
    if (this.#receivedBytes >= refreshBytes) {
      this.#receivedBytes -= refreshBytes
      this.#socket.write(refresh)
    }
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    const start = (flags & padded) === 0 ? 0 : 1
    stream.call.answer.read(payload, start, payload.length - (start === 0 ? 0 : payload[0]))
    this.#events.progressed(this, stream.call)
    this.#takeEnd(flags, id)
  }

  #takeEnd(flags: number, id: number): void {
    const stream = this.#streams.get(id)
    if ((flags & endStream) === 0 || stream === undefined) return
    this.#forget(id, stream.call)
    this.#events.ended(this, stream.call)
  }

  /** NO_ERROR after the whole answer is RFC 9113 §8.1's way to say that no more of the request is needed. */
  #takeReset(id: number, code: number): void {
    if (this.#streams.has(id)) this.#events.failed(`the subject reset a stream with code ${code}`)
  }

  #widen(id: number, bytes: number): void {
    const stream = this.#streams.get(id)
    if (id === 0) this.#window += bytes
    else if (stream !== undefined) stream.window += bytes
    this.#sendMore()
  }

  #sendMore(): void {
    for (const stream of this.#streams.values()) {
      if (this.#window <= 0) return
      if (stream.sentBytes < this.#body.length) this.#sendBody(stream)
    }
  }

  #forget(id: number, call: LoadCall): void {
    this.#streams.delete(id)
    this.#ids.delete(call)
    this.openCalls--
  }
}

function frame(type: number, flags: number, id: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + payload.length)
  bytes.writeUIntBE(payload.length, 0, 3)
  bytes[3] = type
  bytes[4] = flags
  bytes.writeUInt32BE(id, 5)
  bytes.set(payload, headBytes)
  return bytes
}
