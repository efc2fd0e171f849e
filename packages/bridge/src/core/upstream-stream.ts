/** One HTTP/2 stream to a backend. */
export interface UpstreamStream {
  /** Lets data and end flow; until then at most one stream window is held. */
  start(): void
  /** Bytes that have come and are not delivered. */
  readonly unreadBytes: number
  /** Bytes that were written and have not left. */
  readonly unsentBytes: number
  /** Writes the chunks as one. False: wait for `drained`. */
  write(chunks: readonly Uint8Array[]): boolean
  end(): void
  pause(): void
  resume(): void
  /** While paused: delivers what has come, as one chunk, and asks for no more. */
  deliverUnread(): void
  /** Resets the stream with this HTTP/2 error code. Idempotent; nothing is delivered afterwards. */
  reset(code: number): void
}

/** What an upstream stream tells its one listener: `head`, `data`*, then exactly one of `end` and `lost`. */
export interface UpstreamListener {
  /** The final response head; 1xx is not shown. `isLast`: the stream ended with it (Trailers-Only). */
  head(httpStatus: number, fields: readonly string[], isLast: boolean): void
  data(chunk: Uint8Array): void
  /** The stream ended; the trailers' flat fields, or null when there were none. */
  end(trailers: readonly string[] | null): void
  lost(how: Lost): void
  drained(): void
  /** A callback above threw. */
  crashed(cause: unknown): void
}

/** How a stream ended without its end. */
export interface Lost {
  /** `head`: we reset the stream, since its head or trailers were too long; the cause's message says so to the page. */
  readonly kind: "reset" | "goaway" | "connection" | "head"
  /** HTTP/2 error code of the RST_STREAM or GOAWAY; 0 for a lost connection. */
  readonly code: number
  /** `no`: the backend's application never saw the request, so another attempt is safe (RFC 9113 §8.7). */
  readonly wasProcessed: "no" | "maybe"
  /** For the log. */
  readonly cause: unknown
}
