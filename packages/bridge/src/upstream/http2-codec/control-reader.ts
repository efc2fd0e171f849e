import type { ConnectionProblem } from "@causeway/protocol/http2"
import { FrameFlag, FrameType, H2ErrorCode, maxWindowBytes, readUint31, readUint32 } from "@causeway/protocol/http2"
import type { DataSender } from "../../http2/data-sender.ts"
import type { FloodGuard } from "../../http2/flood-guard.ts"
import { flood, neverOpened } from "./inbound.ts"
import { PeerSettings } from "../../http2/peer-settings.ts"
import type { CodecStream } from "./stream.ts"

/** The connection of the frames. */
export interface ControlledConnection {
  readonly streams: ReadonlyMap<number, CodecStream>
  readonly sender: DataSender
  readonly floods: FloodGuard
  isIdle(streamId: number): boolean
  settingsCame(): void
  pingCame(bytes: Uint8Array, start: number): void
  /** False: there was no ping to answer. */
  pingAnswered(): boolean
  goawayCame(code: number, lastStreamId: number, words: string): void
}

/** Words of a GOAWAY that are kept. */
const maxGoawayWords = 256

const windowTooLarge: ConnectionProblem = { code: H2ErrorCode.FlowControlError, words: "a window beyond 2^31-1" }
const unaskedAnswer: ConnectionProblem = {
  code: H2ErrorCode.ProtocolError,
  words: "an acknowledgement of a PING or SETTINGS that we have not sent",
}

/** Reads the backend's frames that carry neither a head nor data. */
export class ControlReader {
  readonly settings: PeerSettings = new PeerSettings(0)
  readonly #connection: ControlledConnection
  #lastStreamId: number = maxWindowBytes
  /** We send SETTINGS once. */
  #awaitsAck = true

  constructor(connection: ControlledConnection) {
    this.#connection = connection
  }

  read(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null {
    switch (type) {
      case FrameType.WindowUpdate:
        return this.#windowUpdate(streamId, readUint31(bytes, start))
      case FrameType.RstStream:
        return this.#reset(streamId, readUint32(bytes, start))
      case FrameType.Settings:
        return this.#settings(flags, bytes, start, end)
      case FrameType.Ping:
        return this.#ping(flags, bytes, start)
      case FrameType.Goaway:
        return this.#goaway(bytes, start, end)
      case FrameType.PushPromise:
        return { code: H2ErrorCode.ProtocolError, words: "a PUSH_PROMISE, although pushes are off" }
      default: // PRIORITY, and types that we do not know: they are ignored (RFC 9113 §4.1, §5.3.2).
        return this.#useless()
    }
  }

  #useless(): ConnectionProblem | null {
    return this.#connection.floods.spend() ? null : flood
  }

  #goaway(bytes: Uint8Array, start: number, end: number): ConnectionProblem | null {
    const lastStreamId = readUint31(bytes, start)
    // RFC 9113 §6.8: it names a stream of ours, or none, and never more streams than before.
    if ((lastStreamId !== 0 && lastStreamId % 2 === 0) || lastStreamId > this.#lastStreamId) {
      return { code: H2ErrorCode.ProtocolError, words: `a GOAWAY with the last stream ${lastStreamId}` }
    }
    this.#lastStreamId = lastStreamId
    const words = String.fromCharCode(...bytes.subarray(start + 8, Math.min(end, start + 8 + maxGoawayWords)))
    this.#connection.goawayCame(readUint32(bytes, start + 4), lastStreamId, words)
    return this.#useless()
  }

  #windowUpdate(streamId: number, increment: number): ConnectionProblem | null {
    const { sender, streams } = this.#connection
    // For a stream, RFC 9113 §6.9 would end only that; node:http2 ends the connection as well.
    if (increment === 0) return { code: H2ErrorCode.ProtocolError, words: "a WINDOW_UPDATE of 0" }
    if (streamId === 0) return sender.widen(increment) ? this.#useless() : windowTooLarge
    const stream = streams.get(streamId)
    if (stream === undefined) {
      return this.#connection.isIdle(streamId) ? neverOpened("WINDOW_UPDATE", streamId) : this.#useless()
    }
    stream.sendWindow += increment
    if (stream.sendWindow > maxWindowBytes) return windowTooLarge
    if (stream.queue.bytes > 0) sender.resume()
    return this.#useless()
  }

  #reset(streamId: number, code: number): ConnectionProblem | null {
    const stream = this.#connection.streams.get(streamId)
    if (stream !== undefined) stream.cutOff(code)
    else if (this.#connection.isIdle(streamId)) return neverOpened("RST_STREAM", streamId)
    else return this.#useless()
    return null
  }

  #settings(flags: number, bytes: Uint8Array, start: number, end: number): ConnectionProblem | null {
    if ((flags & FrameFlag.Ack) !== 0) {
      if (!this.#awaitsAck) return unaskedAnswer
      this.#awaitsAck = false
      return null
    }
    const before = this.settings.initialWindowBytes
    this.settings.tableBytes = null
    const problem =
      this.settings.read(bytes, start, end) ?? this.#moveWindows(this.settings.initialWindowBytes - before)
    if (problem !== null) return problem
    this.#connection.settingsCame()
    return this.#useless()
  }

  /** A new initial window changes that of every open stream, and may make it negative (RFC 9113 §6.9.2). */
  #moveWindows(delta: number): ConnectionProblem | null {
    if (delta === 0) return null
    for (const stream of this.#connection.streams.values()) {
      stream.sendWindow += delta
      if (stream.sendWindow > maxWindowBytes) return windowTooLarge
    }
    return null
  }

  #ping(flags: number, bytes: Uint8Array, start: number): ConnectionProblem | null {
    if ((flags & FrameFlag.Ack) === 0) this.#connection.pingCame(bytes, start)
    else if (!this.#connection.pingAnswered()) return unaskedAnswer
    return this.#useless()
  }
}
