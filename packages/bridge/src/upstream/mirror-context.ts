import type { FlushTurn } from "../core/flush-turn.ts"
import type { Observer } from "../core/observer.ts"
import type { StallClock } from "../core/stall-clock.ts"

/** Objects that the copies of all calls share. */
export interface MirrorContext {
  readonly turn: FlushTurn
  readonly stalls: StallClock
  readonly observer: Pick<Observer, "mirrorStarted" | "mirrorEnded" | "crashed">
}
