import type { Attack, SceneOptions } from "../attack.ts"

/** A running proxy, seen from outside. */
export interface RunningTarget {
  readonly pid: number
  /** `http://127.0.0.1:port`, or `https:`. */
  readonly address: string
  /** The base of its admin pages; null: it has none that this run knows. */
  readonly admin: string | null
  /** Memory in use after a garbage collection, in bytes; null: it cannot be told from outside. */
  usedHeap(): Promise<number | null>
  /** Sends SIGTERM and gives the time until the process has ended. Milliseconds. */
  terminate(): Promise<number>
  /** Ends it at once, if it still runs, and removes its files. */
  close(): Promise<void>
}

/** A kind of proxy that is attacked. */
export interface TargetKind {
  readonly name: string
  readonly version: string
  /** Whether the attack can be made against it. */
  takes(attack: Attack): boolean
  /** Starts one before this upstream. @throws when it does not start */
  start(upstream: string, options: SceneOptions): Promise<RunningTarget>
}
