/** How many fields a request has: as few as a gRPC-Web client needs, or as many as a page in Chromium sends. */
export type FieldCount = 4 | 15

/** The way in which calls are made. */
export type Pace =
  /** A call begins when one ends: so many calls, as many at a time as the connections allow. */
  | { readonly kind: "closed"; readonly calls: number }
  /** So many calls begin each second, at random, whether or not earlier ones have ended. */
  | { readonly kind: "open"; readonly calls: number; readonly callsPerSecond: number }
  /** So many calls are ended by the client once their first message has come. Over HTTP/1.1 the connection is closed. */
  | { readonly kind: "abort"; readonly calls: number }
  /** Every connection opens all its calls, and they stay open after their first message until stdin ends. */
  | { readonly kind: "hold" }

/** The calls that one process of the load generator makes. */
export interface LoadSpec {
  readonly address: string
  readonly carrier: "http1" | "http2"
  readonly protocol: "grpc-web" | "grpc-web-text" | "grpc"
  readonly fields: FieldCount
  /** The mark of the backend's method: the first byte of each message. */
  readonly mark: number
  readonly requestMessages: number
  readonly requestMessageBytes: number
  readonly answerMessages: number
  /** Of one message of the answer. */
  readonly answerMessageBytes: number
  readonly connections: number
  readonly callsPerConnection: number
  readonly pace: Pace
}

/** Times of calls in milliseconds. In an open pace they begin when the call was due. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** The line of JSON that the generator prints when every answer has come in full. */
export interface LoadResult extends Latency {
  /** 99th percentile of how late the generator itself began a call, in milliseconds. */
  readonly lateP99: number
}

/** The percentiles of these times. */
export function latencyOf(times: Float64Array): Latency {
  const sorted = times.toSorted()
  const at = (share: number): number => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
