/** The place where the bytes of a request go. */
export interface RequestOutlet {
  /** Bytes that were written and not sent yet. */
  readonly unsentBytes: number
  /** Writes the chunks as one. False: wait for `drained`. */
  write(chunks: readonly Uint8Array[]): boolean
  end(): void
}

/** One HTTP/2 stream to a backend. */
export interface UpstreamStream extends RequestOutlet {
  /** Starts delivery. Before it at most one stream window of data is held. */
  start(): void
  /** Asks for nothing more until `resume`. What is on its way, one window at most, is still delivered, and so is the end. */
  pause(): void
  resume(): void
  /** Resets the stream with this HTTP/2 error code. Idempotent; nothing is delivered afterwards. */
  reset(code: number): void
}

/** Callbacks of an upstream stream. It has one listener. Order: `head`, `data`*, then exactly one of `end` and `lost`. */
export interface UpstreamListener {
  /** The final response head; 1xx heads are not reported. `isLast`: the stream ended with it (Trailers-Only). */
  head(httpStatus: number, fields: readonly string[], isLast: boolean): void
  data(chunk: Uint8Array): void
  /** The stream has ended. `trailers` is a flat list of fields; null: there were none. */
  end(trailers: readonly string[] | null): void
  lost(how: Lost): void
  drained(): void
  /** One of the callbacks above threw. */
  crashed(cause: unknown): void
}

/** How a stream was lost: it ended without trailers. */
export interface Lost {
  /**
   * `goaway` with `wasProcessed: "no"`: the connection ended, had taken other calls, and left this one over. `head`: we reset the
   * stream, since its head or trailers were too long. The message of `cause` says so to the page.
   */
  readonly kind: "reset" | "goaway" | "connection" | "head"
  /** HTTP/2 error code of the RST_STREAM or GOAWAY. 0 for a lost connection. */
  readonly code: number
  /** `no`: the backend's application never saw the request, so another attempt is safe (RFC 9113 §8.7). */
  readonly wasProcessed: "no" | "maybe"
  /** For the log. */
  readonly cause: unknown
}
