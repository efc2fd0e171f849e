// The raw part of the backend sends each message of nine bytes in a separate DATA frame, as some servers do. Node would join the
// writes of a stream into large DATA frames.

import type { Socket } from "node:net"
import {
  dataFrame,
  Flag,
  grpcMessage,
  headersFrame,
  Setting,
  Type,
} from "../../packages/bridge/test/support/h2-frames.ts"
import { startRawBackend } from "../../packages/bridge/test/support/raw-h2.ts"
import type { RawBackend, RawPeer, ReceivedFrame } from "../../packages/bridge/test/support/raw-h2.ts"
import { HpackDecoder } from "../wire/raw/hpack.ts"
import { pathOf } from "./backend-modes.ts"

const head = [":status", "200", "content-type", "application/grpc+proto"]
const message = grpcMessage("four")
const framesPerTurn = 500
const defaultWindow = 65_535

interface Stream {
  readonly isEndless: boolean
  readonly parts: Buffer[]
  window: number
}

/** Serves Echo and Small. Small sends messages without end, as fast as the windows allow. */
export function startSmallMessagesBackend(port: number, onSocket: (socket: Socket) => void): Promise<RawBackend> {
  const take = (peer: RawPeer): void => {
    onSocket(peer.socket)
    new Connection(peer)
  }
  return startRawBackend(take, { port, settings: [[Setting.MaxConcurrentStreams, 1_000]] })
}

class Connection {
  readonly #peer: RawPeer
  readonly #hpack = new HpackDecoder()
  readonly #streams = new Map<number, Stream>()
  #window = defaultWindow
  #initialWindow = defaultWindow
  #isTurnDue = false

  constructor(peer: RawPeer) {
    this.#peer = peer
    peer.onFrame = (received) => this.#take(received)
  }

  #take({ type, flags, streamId, payload }: ReceivedFrame): void {
    this.#peer.frames.length = 0
    this.#peer.opened.length = 0
    const stream = this.#streams.get(streamId)
    if (type === Type.Headers) this.#open(streamId, flags, payload)
    else if (type === Type.Data) stream?.parts.push(payload)
    else if (type === Type.RstStream) this.#streams.delete(streamId)
    else if (type === Type.WindowUpdate) this.#widen(streamId, payload.readUInt32BE(0))
    else if (type === Type.Settings && (flags & Flag.Ack) === 0) this.#obey(payload)
    if (type === Type.Data && (flags & Flag.EndStream) !== 0 && stream?.isEndless === false)
      this.#echo(streamId, stream)
  }

  /** RFC 9113 §6.2: with the PRIORITY flag, five bytes precede the block. */
  #open(streamId: number, flags: number, payload: Buffer): void {
    const fields = this.#hpack.decode((flags & 0x20) === 0 ? payload : payload.subarray(5))
    const isEndless = fields[fields.indexOf(":path") + 1] === pathOf("Small")
    this.#streams.set(streamId, { isEndless, parts: [], window: this.#initialWindow })
    if (!isEndless) return
    this.#peer.send(headersFrame(streamId, head))
    this.#planTurn()
  }

  #echo(streamId: number, { parts }: Stream): void {
    this.#streams.delete(streamId)
    const trailers = headersFrame(streamId, ["grpc-status", "0"], true)
    this.#peer.send(headersFrame(streamId, head), dataFrame(streamId, Buffer.concat(parts)), trailers)
  }

  #obey(settings: Buffer): void {
    for (let at = 0; at < settings.length; at += 6) {
      if (settings.readUInt16BE(at) === Setting.InitialWindowSize) this.#initialWindow = settings.readUInt32BE(at + 2)
    }
  }

  #widen(streamId: number, bytes: number): void {
    const stream = this.#streams.get(streamId)
    if (streamId === 0) this.#window += bytes
    else if (stream !== undefined) stream.window += bytes
    this.#planTurn()
  }

  #planTurn(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    setImmediate(() => {
      this.#isTurnDue = false
      if (this.#sendSome()) this.#planTurn()
    })
  }

  /** Returns true if there may be more to send. */
  #sendSome(): boolean {
    if (this.#peer.isClosed) return false
    let hasSent = false
    for (const [id, stream] of this.#streams) {
      const room = Math.floor(Math.min(stream.window, this.#window) / message.length)
      const count = stream.isEndless ? Math.min(framesPerTurn, room) : 0
      if (count <= 0) continue
      this.#peer.send(...Array.from({ length: count }, () => dataFrame(id, message)))
      stream.window -= count * message.length
      this.#window -= count * message.length
      hasSent = true
    }
    return hasSent
  }
}
