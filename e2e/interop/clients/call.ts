// What a page says to a client that others wrote, and what it hears: the same for all of them. A message is its bytes: the
// code of messages is not what is under test. All of it is data that can go into a page and out of it.

/** Metadata as its lines, in order; the value of a `-bin` name is base64. */
export type Fields = readonly (readonly [name: string, value: string])[]

/** One call of grpc.testing.TestService, or of a service that nobody has. */
export interface Call {
  readonly service: string
  readonly method: string
  readonly isStream: boolean
  /** The request message, base64. */
  readonly request: string
  readonly metadata: Fields
  /** Of the client's own making; undefined: no deadline. */
  readonly timeoutMs?: number
}

/** How a call ended, as its client tells it. */
export interface End {
  /** gRPC's number; null: the client has told none. */
  readonly code: number | null
  readonly message: string
  /** Of a failure: what the client gives as its metadata. Of a success: the trailers. */
  readonly trailer: Fields
  /** google.rpc.Status of `grpc-status-details-bin`, base64, where the client shows it in its own way. */
  readonly details?: string
}

/** What a client tells of a call. */
export interface Events {
  header(fields: Fields): void
  message(bytes: Uint8Array): void
  /** Last. What comes after the first one is not heard. */
  end(end: End): void
}

/** A client that others wrote, in our words: makes a call and gives the function that cancels it. */
export type StartCall = (bridge: string, call: Call, events: Events) => () => void
