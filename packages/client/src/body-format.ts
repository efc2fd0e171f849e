/** Another form of gRPC-Web's bodies than the binary one, which needs none: `textFormat()`. */
export interface BodyFormat {
  /** The content type of requests, which is asked for in answers too. */
  readonly contentType: string
  /** These frames as they are sent. What is encoded piece by piece can be joined. */
  encode(frames: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
  /** The content types of answers in this form. An answer in the binary form is read all the same. */
  readonly answerType: RegExp
  /** Reads the frames of an answer in this form. */
  open(body: ReadableStream<Uint8Array>): BodyReader
}

/** What reads a body, a chunk at a time. */
export interface BodyReader {
  /** Reads on. Rejects when the body breaks. */
  read(frames: PassingBytes): Promise<BodyRead>
  /** Lets go of the body. Rejects if it broke before. */
  cancel(reason?: unknown): Promise<void>
}

/** What knows which bytes of a body nobody keeps a view of. */
export interface PassingBytes {
  /**
   * Of the next bytes, if read no more than `chunkBytes` at a time: so many may be given in memory that the next read writes
   * into. 0: none.
   */
  passingBytes(chunkBytes: number): number
}

/** What a read gave: a chunk, or that the body has ended. */
export type BodyRead = ReadableStreamReadResult<Uint8Array<ArrayBuffer>>
