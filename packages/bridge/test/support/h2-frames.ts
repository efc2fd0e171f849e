/** RFC 9113 §6, frame types. */
export const Type = {
  Data: 0,
  Headers: 1,
  Priority: 2,
  RstStream: 3,
  Settings: 4,
  Ping: 6,
  Goaway: 7,
  WindowUpdate: 8,
  Continuation: 9,
} as const

/** RFC 9113 §7, error codes. */
export const H2Code = {
  NoError: 0,
  ProtocolError: 1,
  InternalError: 2,
  FlowControlError: 3,
  SettingsTimeout: 4,
  StreamClosed: 5,
  FrameSizeError: 6,
  RefusedStream: 7,
  Cancel: 8,
  CompressionError: 9,
  ConnectError: 10,
  EnhanceYourCalm: 11,
  InadequateSecurity: 12,
  Http11Required: 13,
} as const

/** RFC 9113 §6.5.2, settings. */
export const Setting = { MaxConcurrentStreams: 3, InitialWindowSize: 4, MaxFrameSize: 5 } as const

/** RFC 9113 §3.4: the first bytes of a client. */
export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1")

/** RFC 9113 §6, flags. */
export const Flag = { EndStream: 0x1, Ack: 0x1, EndHeaders: 0x4 } as const

/** Any frame. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

/** A HEADERS frame; `fields` is a flat list of names and values. */
export function headersFrame(streamId: number, fields: readonly string[], isLast = false): Buffer {
  return frame(Type.Headers, Flag.EndHeaders | (isLast ? Flag.EndStream : 0), streamId, encodeFields(fields))
}

/** The fields of a gRPC-Web request, for `headersFrame`. */
export function webRequestFields(path: string): string[] {
  const pseudo = [":method", "POST", ":scheme", "http", ":path", path, ":authority", "a"]
  return [...pseudo, "content-type", "application/grpc-web"]
}

export function dataFrame(streamId: number, bytes: Uint8Array, isLast = false): Buffer {
  return frame(Type.Data, isLast ? Flag.EndStream : 0, streamId, bytes)
}

export function resetFrame(streamId: number, code: number): Buffer {
  return frame(Type.RstStream, 0, streamId, uint32(code))
}

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const payload = Buffer.alloc(6 * settings.length)
  settings.forEach(([id, value], i) => payload.writeUInt32BE(value, payload.writeUInt16BE(id, 6 * i)))
  return frame(Type.Settings, 0, 0, payload)
}

export function goawayFrame(lastStreamId: number, code: number, text = ""): Buffer {
  return frame(Type.Goaway, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code), Buffer.from(text)]))
}

export function windowUpdateFrame(streamId: number, increment: number): Buffer {
  return frame(Type.WindowUpdate, 0, streamId, uint32(increment))
}

export function pingFrame(payload: Uint8Array = Buffer.alloc(8)): Buffer {
  return frame(Type.Ping, 0, 0, payload)
}

/** A gRPC message: flags, length, payload (PROTOCOL-HTTP2, "Length-Prefixed-Message"). */
export function grpcMessage(payload: Uint8Array | string, flags = 0): Buffer {
  const body = Buffer.from(payload as Uint8Array)
  const head = Buffer.alloc(5)
  head[0] = flags
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** HPACK as plain as it goes: every field a literal without indexing, no Huffman code (RFC 7541 §6.2.2). */
export function encodeFields(fields: readonly string[]): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i < fields.length; i += 2)
    parts.push(Buffer.of(0), hpackString(fields[i]), hpackString(fields[i + 1]))
  return Buffer.concat(parts)
}

/** The same with indexing: the other end keeps each field in its table, the last one first (RFC 7541 §6.2.1). */
export function rememberFields(fields: readonly string[]): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i < fields.length; i += 2)
    parts.push(Buffer.of(0x40), hpackString(fields[i]), hpackString(fields[i + 1]))
  return Buffer.concat(parts)
}

/** Fields out of the other end's table, a byte each; 1 is the one that was remembered last (RFC 7541 §6.1). */
export function recallFields(newest: readonly number[]): Buffer {
  return Buffer.from(newest.map((number) => 0x80 | (61 + number)))
}

function hpackString(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1")
  const head: number[] = []
  let rest = bytes.length
  if (rest < 127) head.push(rest)
  else {
    head.push(127)
    rest -= 127
    for (; rest >= 128; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128)
    head.push(rest)
  }
  return Buffer.concat([Buffer.from(head), bytes])
}
