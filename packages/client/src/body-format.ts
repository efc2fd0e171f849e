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

/** What reads a body: the part of a `ReadableStreamDefaultReader` that is used here. */
export interface BodyReader {
  read(): Promise<{ readonly value?: Uint8Array | undefined }>
  cancel(reason?: unknown): Promise<void>
}
