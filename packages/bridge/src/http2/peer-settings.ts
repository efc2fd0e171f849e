import type { ConnectionProblem } from "@causeway/protocol/http2"
import {
  defaultMaxFrameBytes,
  defaultWindowBytes,
  H2ErrorCode,
  maxWindowBytes,
  readUint32,
  SettingId,
} from "@causeway/protocol/http2"

/** The other end's SETTINGS, as far as they matter (RFC 9113 §6.5.2). */
export class PeerSettings {
  readonly #maxEnablePush: number
  /** Infinity: it has named none. */
  maxStreams: number = Infinity
  initialWindowBytes: number = defaultWindowBytes
  /** Null: it has named none since this was read. */
  tableBytes: number | null = null

  /** `maxEnablePush`: 0 if the other end is a server, which may not send 1. */
  constructor(maxEnablePush: 0 | 1) {
    this.#maxEnablePush = maxEnablePush
  }

  /** Reads the payload of a SETTINGS frame. */
  read(bytes: Uint8Array, start: number, end: number): ConnectionProblem | null {
    for (let at = start; at < end; at += 6) {
      const problem = this.#set((bytes[at] << 8) | bytes[at + 1], readUint32(bytes, at + 2))
      if (problem !== null) return problem
    }
    return null
  }

  #set(id: number, value: number): ConnectionProblem | null {
    if (id === SettingId.MaxConcurrentStreams) this.maxStreams = value
    else if (id === SettingId.HeaderTableSize) this.tableBytes = value
    else if (id === SettingId.InitialWindowSize) {
      if (value > maxWindowBytes) return bad(H2ErrorCode.FlowControlError, "INITIAL_WINDOW_SIZE", value)
      this.initialWindowBytes = value
    } else if (id === SettingId.EnablePush && value > this.#maxEnablePush)
      return bad(H2ErrorCode.ProtocolError, "ENABLE_PUSH", value)
    // We never send a larger frame than the least that may be allowed.
    else if (id === SettingId.MaxFrameSize && (value < defaultMaxFrameBytes || value > largestMaxFrameBytes))
      return bad(H2ErrorCode.ProtocolError, "MAX_FRAME_SIZE", value)
    return null
  }
}

const largestMaxFrameBytes = 2 ** 24 - 1

function bad(code: number, name: string, value: number): ConnectionProblem {
  return { code, words: `SETTINGS with ${name} ${value}` }
}
