import {
  defaultMaxFrameBytes,
  defaultWindowBytes,
  FrameFlag,
  FrameType,
  h2FrameHeaderBytes,
  maxWindowBytes,
  writeH2FrameHeader,
} from "@causeway/protocol/http2"
import type { FloodGuard } from "./flood-guard.ts"
import type { Outgoing } from "./outgoing.ts"

/** The body that we send on a stream, as its connection sees it. */
export interface Upload {
  readonly id: number
  /** The other end's window for this stream. It may be negative (RFC 9113 §6.9.2). */
  sendWindow: number
  /** Bytes that wait for a window. */
  readonly queue: UploadQueue
  /** No byte follows those that wait. */
  readonly isEnded: boolean
  /** Its queue has become empty. */
  uploadMoved(): void
}

/** The bytes of a body that wait for a window. */
export class UploadQueue {
  readonly #chunks: Uint8Array[] = []
  bytes = 0

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.bytes += chunk.length
  }

  /** Expects that there is one. */
  get first(): Uint8Array {
    return this.#chunks[0]
  }

  /** Removes bytes of the first chunk. */
  take(bytes: number): void {
    this.bytes -= bytes
    if (bytes === this.#chunks[0].length) this.#chunks.shift()
    else this.#chunks[0] = this.#chunks[0].subarray(bytes)
  }

  drop(): void {
    this.#chunks.length = 0
    this.bytes = 0
  }
}

/** A smaller rest of a slab is not worth a frame. */
const minFrameBytes = 4_096

/** Writes DATA as far as the windows of the other end and the socket allow. The rest waits in its upload. */
export class DataSender {
  readonly #out: Outgoing
  readonly #floods: FloodGuard
  #window = defaultWindowBytes
  readonly #waiting = new Set<Upload>()
  // The last DATA frame: an end that follows at once becomes a flag of it.
  #lastId = 0
  #lastAt = 0
  #lastWrites = -1

  constructor(out: Outgoing, floods: FloodGuard) {
    this.#out = out
    this.#floods = floods
  }

  send(upload: Upload, chunk: Uint8Array): void {
    if (upload.queue.bytes > 0) {
      upload.queue.add(chunk)
      return
    }
    const sent = this.#write(upload, chunk)
    if (sent === chunk.length) return
    upload.queue.add(sent === 0 ? chunk : chunk.subarray(sent))
    this.#waiting.add(upload)
  }

  /** Ends an upload whose bytes have been sent. */
  end(upload: Upload): void {
    const out = this.#out
    if (upload.id === this.#lastId && out.writes === this.#lastWrites) {
      out.bytes[this.#lastAt + 4] |= FrameFlag.EndStream
      return
    }
    const at = out.reserve(h2FrameHeaderBytes)
    out.commit(writeH2FrameHeader(out.bytes, at, 0, FrameType.Data, FrameFlag.EndStream, upload.id))
  }

  /** The upload is over, and what waits is not sent. */
  forget(upload: Upload): void {
    if (upload.queue.bytes === 0) return
    upload.queue.drop()
    this.#waiting.delete(upload)
  }

  /** The other end opens its window for all streams. False: it is larger than HTTP/2 allows (RFC 9113 §6.9.1). */
  widen(increment: number): boolean {
    this.#window += increment
    if (this.#window > maxWindowBytes) return false
    this.resume()
    return true
  }

  /** Sends what waited, as far as it goes now: a window or the socket has opened. */
  resume(): void {
    for (const upload of this.#waiting) {
      if (this.#window <= 0 || this.#out.isFull) return
      const { queue } = upload
      while (queue.bytes > 0) {
        const sent = this.#write(upload, queue.first)
        if (sent === 0) break
        queue.take(sent)
      }
      if (queue.bytes > 0) continue
      this.#waiting.delete(upload)
      if (upload.isEnded) this.end(upload)
      upload.uploadMoved()
    }
  }

  /** Writes frames. Returns the number of bytes that went. */
  #write(upload: Upload, chunk: Uint8Array): number {
    const out = this.#out
    let from = 0
    while (from < chunk.length && !out.isFull) {
      let length = Math.min(chunk.length - from, defaultMaxFrameBytes, this.#window, upload.sendWindow)
      if (length <= 0) break
      const room = out.room - h2FrameHeaderBytes
      if (length > room && room >= minFrameBytes) length = room
      const at = out.reserve(h2FrameHeaderBytes + length)
      const { bytes } = out
      const to = writeH2FrameHeader(bytes, at, length, FrameType.Data, 0, upload.id)
      bytes.set(length === chunk.length ? chunk : chunk.subarray(from, from + length), to)
      out.commit(to + length)
      this.#window -= length
      upload.sendWindow -= length
      from += length
      this.#lastId = upload.id
      this.#lastAt = at
      this.#lastWrites = out.writes
      this.#floods.earn()
    }
    return from
  }
}
