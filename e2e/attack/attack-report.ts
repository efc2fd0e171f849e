/** The attacker's process sends this report at its end. */
export interface AttackReport {
  readonly bytesSent: number
  readonly connections: number
  /** The largest number of calls that were open at the same time. */
  readonly openCalls: number
  /** Numbers that the attack counted, by name. */
  readonly notes: Readonly<Record<string, number>>
  /** One sentence for each failed expectation of the target. */
  readonly problems: readonly string[]
}
