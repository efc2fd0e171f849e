// The common interface to all clients. Messages are bytes, because generated message code is not under test. All values
// can be passed into a page and out of it.

/** Metadata as names and values, in order. The value of a `-bin` name is base64. */
export type Fields = readonly (readonly [name: string, value: string])[]

/** One call of grpc.testing.TestService, or of a service that does not exist. */
export interface Call {
  readonly service: string
  readonly method: string
  readonly isStream: boolean
  /** The request message, in base64. */
  readonly request: string
  readonly metadata: Fields
  /** A deadline that the client itself sets. Undefined: no deadline. */
  readonly timeoutMs?: number
}

/** The end of a call, as its client reports it. */
export interface End {
  /** The gRPC status code; null if the client reports none. */
  readonly code: number | null
  readonly message: string
  /** The error's metadata, as the client shows it, or the trailers of a successful call. */
  readonly trailer: Fields
  /** The google.rpc.Status of `grpc-status-details-bin`, in base64, if the client exposes it outside the metadata. */
  readonly details?: string
}

/** Receives a client's reports about a call. */
export interface Events {
  header(fields: Fields): void
  message(bytes: Uint8Array): void
  /** The end of the call. Only the first report counts. */
  end(end: End): void
}

/** An adapter for a client: makes a call and returns the function that cancels it. */
export type StartCall = (bridge: string, call: Call, events: Events) => () => void
