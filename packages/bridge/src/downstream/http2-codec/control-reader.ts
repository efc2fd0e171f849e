import type { ConnectionProblem } from "@causeway/protocol/http2"
import { FrameFlag, FrameType, H2ErrorCode, readUint31, readUint32 } from "@causeway/protocol/http2"
import type { DataSender } from "../../http2/data-sender.ts"
import type { FloodGuard } from "../../http2/flood-guard.ts"
import { PeerSettings } from "../../http2/peer-settings.ts"
import type { Http2CodecExchange } from "./exchange.ts"
import { flood, neverOpened } from "./inbound.ts"

/** The connection of the frames. */
export interface ControlledConnection {
  readonly streams: ReadonlyMap<number, Http2CodecExchange>
  readonly sender: DataSender
  readonly floods: FloodGuard
  isIdle(streamId: number): boolean
  /** The client has reset an open stream. */
  resetCame(stream: Http2CodecExchange): ConnectionProblem | null
  /** `windowDelta`: by how much the window of every stream grows or shrinks (RFC 9113 §6.9.2). */
  settingsCame(windowDelta: number, tableBytes: number | null): ConnectionProblem | null
  pingCame(bytes: Uint8Array, start: number): void
  pingAnswered(): void
  goawayCame(code: number): void
}

/** Reads a client's frames that carry neither a head nor data. */
export class ControlReader {
  readonly settings: PeerSettings = new PeerSettings(1)
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
        return this.#reset(streamId)
      case FrameType.Settings:
        return this.#settings(flags, bytes, start, end)
      case FrameType.Ping:
        return this.#ping(flags, bytes, start)
      case FrameType.Goaway:
        this.#connection.goawayCame(readUint32(bytes, start + 4))
        return this.#useless()
      case FrameType.PushPromise:
        return { code: H2ErrorCode.ProtocolError, words: "a PUSH_PROMISE, which only servers may send" }
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
    if (stream === undefined) return this.#onClosed("WINDOW_UPDATE", streamId)
    if (increment === 0) stream.breach(H2ErrorCode.ProtocolError)
    else if (!stream.windowCame(increment)) stream.breach(H2ErrorCode.FlowControlError)
    else if (stream.queue.bytes > 0) sender.resume()
    return this.#useless()
  }

  #reset(streamId: number): ConnectionProblem | null {
    const stream = this.#connection.streams.get(streamId)
    if (stream === undefined) return this.#onClosed("RST_STREAM", streamId)
    return this.#connection.resetCame(stream)
  }

  #onClosed(name: string, streamId: number): ConnectionProblem | null {
    return this.#connection.isIdle(streamId) ? neverOpened(name, streamId) : this.#useless()
  }

  #settings(flags: number, bytes: Uint8Array, start: number, end: number): ConnectionProblem | null {
    if ((flags & FrameFlag.Ack) !== 0) return this.#useless()
    const before = this.settings.initialWindowBytes
    this.settings.tableBytes = null
    const problem =
      this.settings.read(bytes, start, end) ??
      this.#connection.settingsCame(this.settings.initialWindowBytes - before, this.settings.tableBytes)
    return problem ?? this.#useless()
  }

  #ping(flags: number, bytes: Uint8Array, start: number): ConnectionProblem | null {
    if ((flags & FrameFlag.Ack) !== 0) this.#connection.pingAnswered()
    else this.#connection.pingCame(bytes, start)
    return this.#useless()
  }
}
