import type { Answer } from "./answer.ts"

/** The request head that a test sends. */
export interface RequestLine {
  readonly method: string
  readonly path: string
  /** Flat list of names and values; nothing is added but what the carrier needs to be HTTP. */
  readonly fields: readonly string[]
  /** The body's length is said in advance (`content-length`). Undefined: chunked, or DATA without a length. */
  readonly bodyBytes?: number
}

/** One request on a connection of its own, byte by byte. */
export interface WebRequest {
  /** Sends these bytes as one chunk, or one DATA. */
  write(bytes: Uint8Array): void
  end(): void
  /** Waits until the body's beginning satisfies this; rejects when the answer ends first. */
  until(isEnough: (soFar: Answer) => boolean): Promise<Answer>
  /** The answer, once it is over, whole or cut. */
  answer(): Promise<Answer>
  /** Bytes of the body that have left this client; the rest waits for the other side to read. */
  readonly sentBytes: number
  /** Stops reading: the connection fills up. */
  pause(): void
  resume(): void
  /** Leaves: RST_STREAM(CANCEL), or the socket closed. */
  cancel(): void
  /** Closes the connection. */
  close(): void
}
