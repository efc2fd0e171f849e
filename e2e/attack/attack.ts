import type { Attacker } from "./attacker/attacker.ts"
import type { BackendMode } from "./backend-modes.ts"

/** One way in which an unknown client or a misbehaving backend can harm a proxy. */
export interface Attack {
  /** The name for `--only`. */
  readonly id: string
  /** The attacker's actions, as the table shows them. */
  readonly title: string
  /** The side whose bytes and CPU time are compared with the target's. Default: the client. */
  readonly by?: "client" | "backend"
  /** Default: 100 calls a second, none of which may be lost. "none": the attack makes every call fail. */
  readonly neighbour?: "healthy" | "none"
  /** The attack asks for replies that nobody reads. The target may use its whole memory budget for them. */
  readonly fillsBudget?: boolean
  /** `--quick --check` includes this attack. The attack must be short, and counts alone must decide its verdict. */
  readonly isInCheck?: boolean
  readonly scene?: SceneOptions
  /** Runs in the attacker's process. The process ends when this method returns, which closes all sockets of the attack. */
  run(attacker: Attacker): Promise<void>
}

/** The set-up that an attack needs. */
export interface SceneOptions {
  readonly backend?: BackendMode
  /** Streams that the backend allows on one connection. Default: 1,000. */
  readonly backendStreams?: number
  /** Extra flags for the bridge. Other proxies are skipped when an attack sets them. */
  readonly bridgeFlags?: readonly string[]
  /** The target speaks TLS to its clients. Other proxies are skipped when an attack sets this. */
  readonly isTls?: boolean
}
