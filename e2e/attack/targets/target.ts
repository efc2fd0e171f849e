import type { Attack, SceneOptions } from "../attack.ts"

/** A running proxy, observed from outside. */
export interface RunningTarget {
  readonly pid: number
  /** `http://127.0.0.1:port`, or `https:`. */
  readonly address: string
  /** The base URL of the proxy's admin pages. Null: this run knows none. */
  readonly admin: string | null
  /** Returns the used memory after a garbage collection, in bytes. Null: it cannot be read from outside. */
  usedHeap(): Promise<number | null>
  /** Sends SIGTERM. Returns the time until the process has ended, in milliseconds. */
  terminate(): Promise<number>
  /** Kills the process if it still runs, and removes its files. */
  close(): Promise<void>
}

/** A kind of proxy to attack. */
export interface TargetKind {
  readonly name: string
  readonly version: string
  /** Returns whether the attack can be made against this kind of proxy. */
  takes(attack: Attack): boolean
  /** Starts a proxy in front of this upstream. @throws when the proxy does not start */
  start(upstream: string, options: SceneOptions): Promise<RunningTarget>
}
