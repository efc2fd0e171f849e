/** The report of the attacker's process at its end. */
export interface AttackReport {
  readonly bytesSent: number
  readonly connections: number
  /** Calls that were open at once. */
  readonly openCalls: number
  /** Numbers that the attack has counted, by their names. */
  readonly notes: Readonly<Record<string, number>>
  /** One sentence for each failure, about what the target should have done. */
  readonly problems: readonly string[]
}
