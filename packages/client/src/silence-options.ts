/** How long an answer may be silent. 0 and Infinity are no limit. */
export interface SilenceOptions {
  /**
   * The time until an answer begins, in milliseconds, from when its request is sent to the HTTP head; for each attempt.
   * After it the call fails with UNAVAILABLE, reason `no-first-byte`. A service that sends its head only with its first
   * message needs that long. Default: none.
   */
  readonly firstByteTimeoutMs?: number | undefined
  /**
   * The time that an answer may pause, in milliseconds, counted from byte to byte: half a message is a sign of life too.
   * Time in which the consumer takes nothing does not count. After it the call fails with UNAVAILABLE, reason `stalled`,
   * even where the browser never notices that the connection is gone. A stream that is rightly quiet for long needs a
   * longer limit. Default: none.
   */
  readonly idleTimeoutMs?: number | undefined
}
