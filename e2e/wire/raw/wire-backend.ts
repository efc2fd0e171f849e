import {
  dataFrame,
  Flag,
  grpcMessage,
  headersFrame,
  resetFrame,
  Type,
} from "../../../packages/bridge/test/support/h2-frames.ts"
import type { RawPeer, RawPeerOptions, ReceivedFrame } from "../../../packages/bridge/test/support/raw-h2.ts"
import { startRawBackend } from "../../../packages/bridge/test/support/raw-h2.ts"
import { valueOf, valuesOf } from "../../../packages/bridge/test/support/raw-http1.ts"
import type { Certificate } from "../../../packages/bridge/test/support/certificate.ts"
import { waitFor } from "../../../packages/bridge/test/support/wait-for.ts"
import { HpackDecoder } from "./hpack.ts"

/** The request field with the id of the case. Every proxy passes it on. */
export const caseField = "x-wire-case"

export type StreamHandler = (stream: BackendStream) => void | Promise<void>

/** A backend of raw frames. It serves many cases one after the other, on connections that the proxy keeps open. */
export interface WireBackend {
  readonly url: string
  readonly port: number
  /** Every connection accepted so far. */
  readonly peers: readonly RawPeer[]
  /** Calls the handler for each call with this value of `caseField`, as soon as the head has arrived. */
  serve(caseId: string, handler: StreamHandler): void
  /** Removes the handler of this case. */
  forget(caseId: string): void
  close(): Promise<void>
}

/** Starts a backend. It never answers a call of an unknown case. */
export async function startWireBackend(
  options: RawPeerOptions & { readonly port?: number; readonly tls?: Certificate } = {},
): Promise<WireBackend> {
  const handlers = new Map<string, StreamHandler>()
  const backend = await startRawBackend((peer) => {
    const streams = new Map<number, BackendStream>()
    const hpack = new HpackDecoder()
    peer.onFrame = (received) => {
      takeFrame(peer, streams, hpack, received, (stream) => {
        const handler = handlers.get(stream.field(caseField) ?? "")
        if (handler === undefined) return
        void (async () => handler(stream))().catch((error: Error) => (stream.failure = error))
      })
    }
  }, options)
  return {
    url: backend.url,
    port: backend.port,
    peers: backend.peers,
    serve: (caseId, handler) => void handlers.set(caseId, handler),
    forget: (caseId) => void handlers.delete(caseId),
    close: () => backend.close(),
  }
}

function takeFrame(
  peer: RawPeer,
  streams: Map<number, BackendStream>,
  hpack: HpackDecoder,
  received: ReceivedFrame,
  onOpen: (stream: BackendStream) => void,
): void {
  const { type, flags, streamId, payload } = received
  const isLast = (flags & Flag.EndStream) !== 0
  peer.frames.pop() // the streams keep their own frames, and the connection serves many cases
  if (type === Type.Headers) {
    const fields = hpack.decode(withoutPriority(payload, flags))
    const stream = new BackendStream(peer, streamId, fields)
    streams.set(streamId, stream)
    stream.hasEnded = isLast
    onOpen(stream)
  } else if (type === Type.Data) {
    const stream = streams.get(streamId)
    stream?.pieces.push(payload)
    if (stream !== undefined && isLast) stream.hasEnded = true
  } else if (type === Type.RstStream) {
    const stream = streams.get(streamId)
    if (stream === undefined) return
    stream.resetCode = payload.readUInt32BE(0)
    stream.resetAt = performance.now()
  }
}

/** RFC 9113 §6.2: five bytes of priority may precede the block. The proxies here neither pad nor send CONTINUATION. */
function withoutPriority(payload: Buffer, flags: number): Buffer {
  if ((flags & Flag.EndHeaders) === 0 || (flags & 0x08) !== 0) throw new Error("a header block of more than one frame")
  return (flags & 0x20) === 0 ? payload : payload.subarray(5)
}

/** One call at the backend, with methods to answer it. */
export class BackendStream {
  readonly peer: RawPeer
  readonly id: number
  /** The received fields, including pseudo-headers: a flat list of names and values. */
  readonly fields: readonly string[]
  /** The received DATA frames. */
  readonly pieces: Buffer[] = []
  /** Whether END_STREAM has arrived. */
  hasEnded = false
  /** The code of the received RST_STREAM; null if there was none. */
  resetCode: number | null = null
  resetAt = 0
  /** The error that the handler threw. */
  failure: Error | null = null
  #hasHead = false

  constructor(peer: RawPeer, id: number, fields: readonly string[]) {
    this.peer = peer
    this.id = id
    this.fields = fields
  }

  field(name: string): string | null {
    return valueOf(this.fields, name)
  }

  all(name: string): string[] {
    return valuesOf(this.fields, name)
  }

  get body(): Buffer {
    return Buffer.concat(this.pieces)
  }

  /** Waits for the end of the request. False: it was reset first. */
  async ended(): Promise<boolean> {
    await waitFor(() => this.hasEnded || this.resetCode !== null || this.peer.isClosed, { timeoutMs: 30_000 })
    return this.hasEnded
  }

  /** Waits until this many bytes of the request have arrived. */
  async receives(bytes: number): Promise<void> {
    await waitFor(() => this.pieces.reduce((sum, { length }) => sum + length, 0) >= bytes)
  }

  /** Waits for RST_STREAM and returns its code. */
  async reset(timeoutMs?: number): Promise<number> {
    await waitFor(() => this.resetCode !== null || this.peer.isClosed, timeoutMs === undefined ? {} : { timeoutMs })
    if (this.resetCode === null) throw new Error("the connection closed in place of a reset")
    return this.resetCode
  }

  /** Sends a response head; `fields` follow the usual fields. */
  head(fields: readonly string[] = []): this {
    this.#hasHead = true
    return this.send(headersFrame(this.id, [...responseHead, ...fields]))
  }

  /** Sends these bytes as one DATA frame. */
  data(bytes: Uint8Array, isLast = false): this {
    return this.send(dataFrame(this.id, bytes, isLast))
  }

  /** Sends a message. Sends the usual head first if none was sent. */
  message(payload: Uint8Array | string, flags = 0): this {
    if (!this.#hasHead) this.head()
    return this.data(grpcMessage(payload, flags))
  }

  /** Ends with these trailers; `fields` follow the status. Sends the usual head first if none was sent. */
  end(status: number | string = 0, fields: readonly string[] = []): this {
    if (!this.#hasHead) this.head()
    return this.trailers(["grpc-status", String(status), ...fields])
  }

  trailers(fields: readonly string[]): this {
    return this.send(headersFrame(this.id, fields, true))
  }

  /** Answers Trailers-Only: one HEADERS frame that ends the stream. */
  statusOnly(status: number | string, fields: readonly string[] = []): this {
    return this.send(headersFrame(this.id, [...responseHead, "grpc-status", String(status), ...fields], true))
  }

  /** Sends a HEADERS frame with exactly these fields. */
  headers(fields: readonly string[], isLast = false): this {
    return this.send(headersFrame(this.id, fields, isLast))
  }

  rst(code: number): this {
    return this.send(resetFrame(this.id, code))
  }

  send(...frames: readonly Uint8Array[]): this {
    this.peer.send(...frames)
    return this
  }
}

const responseHead = [":status", "200", "content-type", "application/grpc+proto"]
