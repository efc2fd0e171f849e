import type { ConnectionProblem } from "./error-code.ts"
import { H2ErrorCode } from "./error-code.ts"
import { FrameFlag, FrameType } from "./frame.ts"

/** Limits of a field block on the wire. */
export interface FieldBlockLimits {
  readonly maxFieldBlockBytes: number
  readonly maxContinuations: number
}

const none = new Uint8Array(0)

/** Puts HEADERS and CONTINUATION frames together (RFC 9113 §6.2, §6.10). A block of one frame is not copied. */
export class FieldBlockAssembly {
  readonly #limits: FieldBlockLimits
  streamId = 0
  endsStream = false
  /** The block's end has not come. */
  isOpen = false
  /** The whole block stands in `bytes` from `start` to `end`, once it is no longer open. */
  bytes: Uint8Array = none
  start = 0
  end = 0
  #parts: Uint8Array[] = []
  #partBytes = 0

  constructor(limits: FieldBlockLimits) {
    this.#limits = limits
  }

  /** Adds a frame's payload. The caller has checked that it belongs to the open block, if one is open. */
  add(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): ConnectionProblem | null {
    if (type === FrameType.Continuation) return this.#continue(flags, bytes, start, end)
    if ((flags & FrameFlag.Padded) !== 0) end -= bytes[start++]
    if ((flags & FrameFlag.Priority) !== 0) start += 5 // deprecated, and of no use here (RFC 9113 §5.3.2)
    if (start > end) return { code: H2ErrorCode.ProtocolError, words: "HEADERS with more padding than bytes" }
    this.streamId = streamId
    this.endsStream = (flags & FrameFlag.EndStream) !== 0
    if ((flags & FrameFlag.EndHeaders) !== 0) {
      this.bytes = bytes
      this.start = start
      this.end = end
      return null
    }
    this.isOpen = true
    this.#parts = [bytes.slice(start, end)]
    this.#partBytes = end - start
    return null
  }

  #continue(flags: number, bytes: Uint8Array, start: number, end: number): ConnectionProblem | null {
    if (!this.isOpen) return { code: H2ErrorCode.ProtocolError, words: "a CONTINUATION without HEADERS" }
    this.#parts.push(bytes.slice(start, end))
    this.#partBytes += end - start
    const { maxFieldBlockBytes, maxContinuations } = this.#limits
    if (this.#partBytes > maxFieldBlockBytes || this.#parts.length - 1 > maxContinuations) {
      const words = `a field block of more than ${maxFieldBlockBytes} bytes or ${maxContinuations} CONTINUATIONs`
      return { code: H2ErrorCode.EnhanceYourCalm, words }
    }
    if ((flags & FrameFlag.EndHeaders) !== 0) this.#join()
    return null
  }

  #join(): void {
    this.bytes = new Uint8Array(this.#partBytes)
    this.start = 0
    this.end = 0
    for (const part of this.#parts) {
      this.bytes.set(part, this.end)
      this.end += part.length
    }
    this.#parts = []
    this.isOpen = false
  }
}
