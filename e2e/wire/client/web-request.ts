import type { Answer } from "./answer.ts"

/** The request head that a test sends. */
export interface RequestLine {
  readonly method: string
  readonly path: string
  /** A flat list of names and values. Only the fields that HTTP itself needs are added. */
  readonly fields: readonly string[]
  /** The length to send as `content-length`. Undefined: a chunked body, or DATA without a length. */
  readonly bodyBytes?: number
}

/** One request on a separate connection. The caller controls every byte. */
export interface WebRequest {
  /** Sends these bytes as one chunk or one DATA frame. */
  write(bytes: Uint8Array): void
  end(): void
  /** Waits until `isEnough` accepts the answer so far. Rejects if the answer ends first. */
  until(isEnough: (soFar: Answer) => boolean): Promise<Answer>
  /** Resolves with the answer when it has ended, whether complete or cut. */
  answer(): Promise<Answer>
  /** The number of sent bytes of the body. The rest waits for the other side to read. */
  readonly sentBytes: number
  /** Stops reading, so the connection's buffers become full. */
  pause(): void
  resume(): void
  /** Cancels the request: sends RST_STREAM(CANCEL), or closes the socket. */
  cancel(): void
  /** Closes the connection. */
  close(): void
}
