/** How the waits between attempts grow. */
export interface Backoff {
  /** The most that the first wait takes, in milliseconds. Each failure in a row doubles it. Default: 1 s. */
  readonly initialBackoffMs?: number
  /** The most that any wait takes, in milliseconds. Default: 30 s. */
  readonly maxBackoffMs?: number
}

/**
 * How long to wait after so many failures in a row (1 or more), in milliseconds: anything from nothing to the ceiling
 * ("full jitter"), so that the pages that lost the same bridge do not come back in the same moment.
 */
export function backoffMs(failures: number, random: () => number, backoff: Backoff): number {
  const { initialBackoffMs = 1_000, maxBackoffMs = 30_000 } = backoff
  return random() * Math.min(initialBackoffMs * 2 ** (failures - 1), maxBackoffMs)
}
