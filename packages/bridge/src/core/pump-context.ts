import type { FlushTurn } from "./flush-turn.ts"
import type { StallClock } from "./stall-clock.ts"

/** Objects and limits that the pumps of all calls share. */
export interface PumpContext {
  readonly turn: FlushTurn
  readonly stalls: StallClock
  readonly maxRequestMessageBytes: number
  readonly maxReplyMessageBytes: number
}
