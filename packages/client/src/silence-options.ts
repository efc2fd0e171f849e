/** Limits on the silence of an answer. 0 and Infinity mean no limit. */
export interface SilenceOptions {
  /**
   * The longest time from sending the request to the HTTP head of the answer, in milliseconds, for each attempt. After
   * it the call fails with UNAVAILABLE, reason `no-first-byte`. Some services send the head only with the first
   * message; allow for that. Default: no limit.
   */
  readonly firstByteTimeoutMs?: number | undefined
  /**
   * The longest pause between bytes of an answer, in milliseconds. Part of a message ends the pause too. Time in which
   * the consumer reads nothing does not count. After it the call fails with UNAVAILABLE, reason `stalled`, even if the
   * browser never notices that the connection is gone. A stream with long quiet phases needs a longer limit. Default:
   * no limit.
   */
  readonly idleTimeoutMs?: number | undefined
}
