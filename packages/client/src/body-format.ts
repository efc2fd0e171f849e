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
  /** Reads on, into `space` if it can. Rejects when the body breaks. */
  read(space: Uint8Array<ArrayBuffer> | null): Promise<BodyRead>
  /** Lets go of the body. Rejects if it broke before. */
  cancel(reason?: unknown): Promise<void>
}

/** What a read gave. */
export interface BodyRead {
  /** Undefined: the body has ended. */
  readonly value?: Uint8Array<ArrayBuffer> | undefined
  /** The value lies in the space that was given, from its start, and the space has moved to the value's buffer. */
  readonly isInSpace?: boolean
}
