/** Types of HTTP/2 frames (RFC 9113 §6). */
export const FrameType = {
  Data: 0,
  Headers: 1,
  Priority: 2,
  RstStream: 3,
  Settings: 4,
  PushPromise: 5,
  Ping: 6,
  Goaway: 7,
  WindowUpdate: 8,
  Continuation: 9,
} as const

/** Flags of HTTP/2 frames (RFC 9113 §6). */
export const FrameFlag = { EndStream: 0x1, Ack: 0x1, EndHeaders: 0x4, Padded: 0x8, Priority: 0x20 } as const

/** Ids of settings (RFC 9113 §6.5.2). */
export const SettingId = {
  HeaderTableSize: 1,
  EnablePush: 2,
  MaxConcurrentStreams: 3,
  InitialWindowSize: 4,
  MaxFrameSize: 5,
  MaxHeaderListSize: 6,
} as const

/** Size of a frame's header (RFC 9113 §4.1). */
export const h2FrameHeaderBytes = 9

/** The largest payload of a frame before SETTINGS_MAX_FRAME_SIZE says otherwise, and the least that it may say. */
export const defaultMaxFrameBytes = 16_384

/** The largest flow-control window, and the largest stream id: 2^31-1. */
export const maxWindowBytes = 0x7fffffff

/** The window of a connection and of its streams before anything says otherwise (RFC 9113 §6.9.2). */
export const defaultWindowBytes = 65_535

/** A client's first bytes (RFC 9113 §3.4). */
export const clientPreface: Uint8Array = /* @__PURE__ */ Uint8Array.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (char) =>
  char.charCodeAt(0),
)

/** Writes the header of a frame with a payload of `length` bytes at `at`. Returns the offset after it. */
export function writeH2FrameHeader(
  out: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  out[at] = length >>> 16
  out[at + 1] = length >>> 8
  out[at + 2] = length
  out[at + 3] = type
  out[at + 4] = flags
  return writeUint32(out, at + 5, streamId)
}

/** Writes a number below 2^32, the most significant byte first. Returns the offset after it. */
export function writeUint32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
  return at + 4
}

/** Reads four bytes as a number, the most significant byte first. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
}

/** Reads four bytes as a number of 31 bits. The first bit is reserved and ignored (RFC 9113 §4.1). */
export function readUint31(bytes: Uint8Array, at: number): number {
  return ((bytes[at] & 0x7f) << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}

/** A SETTINGS frame with these pairs of id and value (RFC 9113 §6.5). */
export function encodeSettings(settings: readonly (readonly [id: number, value: number])[]): Uint8Array {
  const length = 6 * settings.length
  const out = new Uint8Array(h2FrameHeaderBytes + length)
  let at = writeH2FrameHeader(out, 0, length, FrameType.Settings, 0, 0)
  for (const [id, value] of settings) {
    out[at] = id >>> 8
    out[at + 1] = id
    at = writeUint32(out, at + 2, value)
  }
  return out
}
