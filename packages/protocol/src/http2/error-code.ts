/** HTTP/2 error codes (RFC 9113 §7). */
export const H2ErrorCode = {
  NoError: 0,
  ProtocolError: 1,
  InternalError: 2,
  FlowControlError: 3,
  SettingsTimeout: 4,
  StreamClosed: 5,
  FrameSizeError: 6,
  RefusedStream: 7,
  Cancel: 8,
  CompressionError: 9,
  ConnectError: 10,
  EnhanceYourCalm: 11,
  InadequateSecurity: 12,
  Http11Required: 13,
} as const

/** A breach of HTTP/2 that ends the connection (RFC 9113 §5.4.1). */
export interface ConnectionProblem {
  /** The error code for the GOAWAY. */
  readonly code: number
  /** What was received, in words. For logs. */
  readonly words: string
}
