import type { ConnectionProblem } from "./error-code.ts"
import { H2ErrorCode } from "./error-code.ts"
import { FrameFlag, FrameType } from "./frame.ts"

/** What a type's frames must be like. */
interface FrameShape {
  readonly name: string
  /** `stream`: on a stream only. `connection`: on stream 0 only. */
  readonly on: "stream" | "connection" | "both"
  /** The least length, and whether it is the only one. */
  readonly minBytes: number
  readonly isFixed: boolean
}

const shape = (name: string, on: FrameShape["on"], minBytes: number, isFixed = false): FrameShape => ({
  name,
  on,
  minBytes,
  isFixed,
})

/** By type (RFC 9113 §6). Frames of other types are ignored (§4.1). */
const shapes: readonly FrameShape[] = [
  shape("DATA", "stream", 0),
  shape("HEADERS", "stream", 0),
  shape("PRIORITY", "stream", 5, true),
  shape("RST_STREAM", "stream", 4, true),
  shape("SETTINGS", "connection", 0),
  shape("PUSH_PROMISE", "stream", 4),
  shape("PING", "connection", 8, true),
  shape("GOAWAY", "connection", 8),
  shape("WINDOW_UPDATE", "both", 4, true),
  shape("CONTINUATION", "stream", 0),
]

/** The reason why no frame may have this header, or null. */
export function frameProblem(type: number, flags: number, streamId: number, length: number): ConnectionProblem | null {
  if (type >= shapes.length) return null
  const { name, on, minBytes, isFixed } = shapes[type]
  if (on !== "both" && (streamId === 0) !== (on === "connection")) {
    return { code: H2ErrorCode.ProtocolError, words: `${name} on stream ${streamId}` }
  }
  const least = minBytes + (type === FrameType.Headers ? headersPrefixBytes(flags) : 0)
  if (length < least || (isFixed && length > least) || (type === FrameType.Settings && !isSettings(flags, length))) {
    return { code: H2ErrorCode.FrameSizeError, words: `${name} of ${length} bytes` }
  }
  return null
}

/** RFC 9113 §6.2. */
function headersPrefixBytes(flags: number): number {
  return ((flags & FrameFlag.Padded) !== 0 ? 1 : 0) + ((flags & FrameFlag.Priority) !== 0 ? 5 : 0)
}

/** RFC 9113 §6.5. */
function isSettings(flags: number, length: number): boolean {
  return (flags & FrameFlag.Ack) !== 0 ? length === 0 : length % 6 === 0
}
