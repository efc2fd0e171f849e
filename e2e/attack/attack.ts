import type { Attacker } from "./attacker/attacker.ts"
import type { BackendMode } from "./backend-modes.ts"

/** One way to harm a proxy: the work of a client that nobody knows, or of a backend that misbehaves. */
export interface Attack {
  /** The name for `--only`. */
  readonly id: string
  /** What the attacker does, as the table shows it. */
  readonly title: string
  /** Whose bytes and CPU time are held against the target's. Default: the client's. */
  readonly by?: "client" | "backend"
  /** Default: 100 calls a second, of which none may be lost. "none" where the attack leaves no way for a call. */
  readonly neighbour?: "healthy" | "none"
  /** The attack asks for replies that nobody reads: the target may fill its budget of memory with them. */
  readonly fillsBudget?: boolean
  /** Part of `--quick --check`: short, and judged by counts alone. */
  readonly isInCheck?: boolean
  readonly scene?: SceneOptions
  /** Runs in the attacker's process. It ends what it holds by returning: the process ends then, and its sockets with it. */
  run(attacker: Attacker): Promise<void>
}

/** What an attack needs to be set up. */
export interface SceneOptions {
  readonly backend?: BackendMode
  /** Streams that the backend allows on one connection. Default: 1,000. */
  readonly backendStreams?: number
  /** Flags for the bridge beside its defaults. An attack with such flags is not made against other proxies. */
  readonly bridgeFlags?: readonly string[]
  /** The target speaks TLS to its clients. Such an attack is not made against other proxies. */
  readonly isTls?: boolean
}
