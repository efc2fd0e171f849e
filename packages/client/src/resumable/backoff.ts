/** The growth of the waits between attempts. */
export interface Backoff {
  /** The longest first wait, in milliseconds. Each consecutive failure doubles it. Default: 1 s. */
  readonly initialBackoffMs?: number
  /** The longest wait, in milliseconds. Default: 30 s. */
  readonly maxBackoffMs?: number
}

/**
 * The wait after `failures` consecutive failures (1 or more), in milliseconds: a random time between 0 and the ceiling
 * ("full jitter"). Pages that lost one bridge together then do not reconnect together.
 */
export function backoffMs(failures: number, random: () => number, backoff: Backoff): number {
  const { initialBackoffMs = 1_000, maxBackoffMs = 30_000 } = backoff
  return random() * Math.min(initialBackoffMs * 2 ** (failures - 1), maxBackoffMs)
}
