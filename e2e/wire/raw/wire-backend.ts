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

/** The request field that says which case a call belongs to: it passes through every proxy. */
export const caseField = "x-wire-case"

export type StreamHandler = (stream: BackendStream) => void | Promise<void>

/** A backend of raw frames that serves many cases, one after the other, on the connections that the proxy keeps. */
export interface WireBackend {
  readonly url: string
  readonly port: number
  /** Every connection accepted so far. */
  readonly peers: readonly RawPeer[]
  /** Called for each call with this value of `caseField`, as soon as its head came. */
  serve(caseId: string, handler: StreamHandler): void
  /** Answers no further call of this case. */
  forget(caseId: string): void
  close(): Promise<void>
}

/** Starts a backend; a call of an unknown case is never answered. */
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
  peer.frames.pop() // what is kept is kept by the streams: a connection lives through many cases
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

/** RFC 9113 §6.2: five bytes of priority before the block. No peer here pads, nor needs CONTINUATION. */
function withoutPriority(payload: Buffer, flags: number): Buffer {
  if ((flags & Flag.EndHeaders) === 0 || (flags & 0x08) !== 0) throw new Error("a header block of more than one frame")
  return (flags & 0x20) === 0 ? payload : payload.subarray(5)
}

/** One call as the backend sees it, and what it answers. */
export class BackendStream {
  readonly peer: RawPeer
  readonly id: number
  /** As received, pseudo-headers too: a flat list of names and values. */
  readonly fields: readonly string[]
  /** The DATA received, frame by frame. */
  readonly pieces: Buffer[] = []
  /** END_STREAM came. */
  hasEnded = false
  /** The code of the RST_STREAM that came; null: none. */
  resetCode: number | null = null
  resetAt = 0
  /** What the handler threw. */
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

  /** Waits for the request's end; false: it was reset before. */
  async ended(): Promise<boolean> {
    await waitFor(() => this.hasEnded || this.resetCode !== null || this.peer.isClosed, { timeoutMs: 30_000 })
    return this.hasEnded
  }

  /** Waits until this many bytes of the request have come. */
  async receives(bytes: number): Promise<void> {
    await waitFor(() => this.pieces.reduce((sum, { length }) => sum + length, 0) >= bytes)
  }

  /** Waits for the RST_STREAM and gives its code. */
  async reset(timeoutMs?: number): Promise<number> {
    await waitFor(() => this.resetCode !== null || this.peer.isClosed, timeoutMs === undefined ? {} : { timeoutMs })
    if (this.resetCode === null) throw new Error("the connection closed in place of a reset")
    return this.resetCode
  }

  /** Sends a response head; `fields` come after the usual ones. */
  head(fields: readonly string[] = []): this {
    this.#hasHead = true
    return this.send(headersFrame(this.id, [...responseHead, ...fields]))
  }

  /** Sends these bytes as one DATA. */
  data(bytes: Uint8Array, isLast = false): this {
    return this.send(dataFrame(this.id, bytes, isLast))
  }

  /** Sends a message, after the usual head where none was sent. */
  message(payload: Uint8Array | string, flags = 0): this {
    if (!this.#hasHead) this.head()
    return this.data(grpcMessage(payload, flags))
  }

  /** Ends with these trailers, after the usual head where none was sent; `fields` come after the status. */
  end(status: number | string = 0, fields: readonly string[] = []): this {
    if (!this.#hasHead) this.head()
    return this.trailers(["grpc-status", String(status), ...fields])
  }

  trailers(fields: readonly string[]): this {
    return this.send(headersFrame(this.id, fields, true))
  }

  /** Answers Trailers-Only: everything in one HEADERS that ends the stream. */
  statusOnly(status: number | string, fields: readonly string[] = []): this {
    return this.send(headersFrame(this.id, [...responseHead, "grpc-status", String(status), ...fields], true))
  }

  /** Any HEADERS, as it is. */
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
