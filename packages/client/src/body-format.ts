/** An encoding of gRPC-Web bodies other than binary: `textFormat()`. */
export interface BodyFormat {
  /** The content type of requests. It is also sent as `accept`. */
  readonly contentType: string
  /** Encodes frames for sending. Pieces that were encoded separately can be joined. */
  encode(frames: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
  /** The content types of answers in this encoding. A binary answer is read too. */
  readonly answerType: RegExp
  /** Opens a reader for the frames of an answer in this encoding. */
  open(body: ReadableStream<Uint8Array>): BodyReader
}

/** Reads a body, one chunk at a time. */
export interface BodyReader {
  /** Reads the next chunk. Rejects when the body breaks. */
  read(frames: SpareBytes): Promise<BodyRead>
  /** Releases the body. Rejects if the body broke before. */
  cancel(reason?: unknown): Promise<void>
}

/** Says how many bytes of a body can be read into memory that is used again. */
export interface SpareBytes {
  /**
   * The number of next bytes that may be returned in memory that the next read overwrites, if no read returns more than
   * `chunkBytes`. 0: none.
   */
  spareBytes(chunkBytes: number): number
}

/** The result of a read: a chunk, or the end of the body. */
export type BodyRead = ReadableStreamReadResult<Uint8Array<ArrayBuffer>>
