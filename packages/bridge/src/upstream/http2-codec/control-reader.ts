import type { ConnectionProblem } from "@causeway/protocol/http2"
import { FrameFlag, FrameType, H2ErrorCode, maxWindowBytes, readUint31, readUint32 } from "@causeway/protocol/http2"
import type { DataSender } from "./data-sender.ts"
import type { FloodGuard } from "./flood-guard.ts"
import { flood, neverOpened } from "./inbound.ts"
import { PeerSettings } from "./peer-settings.ts"
import type { CodecStream } from "./stream.ts"

/** The connection of the frames. */
export interface ControlledConnection {
  readonly streams: ReadonlyMap<number, CodecStream>
  readonly sender: DataSender
  readonly floods: FloodGuard
  isIdle(streamId: number): boolean
  /** `windowDelta`: by how much the window of every stream grows or shrinks (RFC 9113 §6.9.2). */
  settingsCame(windowDelta: number, tableBytes: number | null): void
  pingCame(bytes: Uint8Array, start: number): void
  pingAnswered(): void
  goawayCame(code: number, lastStreamId: number, words: string): void
}

/** Words of a GOAWAY that are kept. */
const maxGoawayWords = 256

/** Reads the backend's frames that carry neither a head nor data. */
export class ControlReader {
  readonly settings: PeerSettings = new PeerSettings()
  readonly #connection: ControlledConnection

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
      case FrameType.Goaway: {
        const words = String.fromCharCode(...bytes.subarray(start + 8, Math.min(end, start + 8 + maxGoawayWords)))
        this.#connection.goawayCame(readUint32(bytes, start + 4), readUint31(bytes, start), words)
        return null
      }
      case FrameType.PushPromise:
        return { code: H2ErrorCode.ProtocolError, words: "a PUSH_PROMISE, although pushes are off" }
      default: // PRIORITY, and types that we do not know: they are ignored (RFC 9113 §4.1, §5.3.2).
        return this.#useless()
    }
  }

  #useless(): ConnectionProblem | null {
    return this.#connection.floods.spend() ? null : flood
  }

  #windowUpdate(streamId: number, increment: number): ConnectionProblem | null {
    const { sender, streams } = this.#connection
    if (streamId === 0) {
      if (increment === 0) return { code: H2ErrorCode.ProtocolError, words: "a WINDOW_UPDATE of 0" }
      if (!sender.widen(increment)) return { code: H2ErrorCode.FlowControlError, words: "a window beyond 2^31-1" }
      return this.#useless()
    }
    const stream = streams.get(streamId)
    if (stream === undefined) {
      return this.#connection.isIdle(streamId) ? neverOpened("WINDOW_UPDATE", streamId) : this.#useless()
    }
    if (stream.windowCame(increment, maxWindowBytes) && stream.queue.bytes > 0) sender.resume()
    return this.#useless()
  }

  #reset(streamId: number, code: number): ConnectionProblem | null {
    const stream = this.#connection.streams.get(streamId)
    if (stream !== undefined) stream.resetCame(code)
    else if (this.#connection.isIdle(streamId)) return neverOpened("RST_STREAM", streamId)
    else return this.#useless()
    return null
  }

  #settings(flags: number, bytes: Uint8Array, start: number, end: number): ConnectionProblem | null {
    if ((flags & FrameFlag.Ack) !== 0) return this.#useless()
    const before = this.settings.initialWindowBytes
    this.settings.tableBytes = null
    const problem = this.settings.read(bytes, start, end)
    if (problem !== null) return problem
    this.#connection.settingsCame(this.settings.initialWindowBytes - before, this.settings.tableBytes)
    return this.#useless()
  }

  #ping(flags: number, bytes: Uint8Array, start: number): ConnectionProblem | null {
    if ((flags & FrameFlag.Ack) !== 0) this.#connection.pingAnswered()
    else this.#connection.pingCame(bytes, start)
    return this.#useless()
  }
}
