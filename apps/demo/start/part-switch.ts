import type { PartState } from "./lab-state.ts"
import { oneAtATime } from "./one-at-a-time.ts"

/** A running part of the demo. */
export interface RunningPart {
  readonly stop: () => Promise<void>
  /** Resolves with how the part ended. Never resolves for a part that cannot end by itself. */
  readonly ended: Promise<string>
}

/** A part that can be stopped and started again. Starts and stops run one after the other. */
export interface PartSwitch {
  readonly state: PartState
  /** Rejects with the error of the part's start. The state then has its message. */
  start(): Promise<void>
  stop(why: string): Promise<void>
}

/**
 * Makes a switch for a part that is not running. `start` runs the part. `onLost` is called when it ends unexpectedly.
 */
export function createPartSwitch(start: () => Promise<RunningPart>, onLost: (how: string) => void): PartSwitch {
  let state: PartState = { kind: "down", why: "it was not started yet" }
  let running: RunningPart | null = null
  const next = oneAtATime()

  async function startNow(): Promise<void> {
    if (running !== null) return
    state = { kind: "starting" }
    try {
      const part = await start()
      running = part
      state = { kind: "up" }
      void part.ended.then((how) => lose(part, how))
    } catch (error) {
      state = { kind: "down", why: error instanceof Error ? error.message : String(error) }
      throw error
    }
  }

  async function stopNow(why: string): Promise<void> {
    if (running === null) return
    const part = running
    running = null
    state = { kind: "stopping" }
    await part.stop()
    state = { kind: "down", why }
  }

  function lose(part: RunningPart, how: string): void {
    if (running !== part) return
    running = null
    // The text after the semicolon is the end of the log. Only the terminal shows it.
    const [why = how] = how.split(";", 1)
    state = { kind: "down", why }
    onLost(how)
  }

  return {
    get state() {
      return state
    },
    start: () => next(startNow),
    stop: (why) => next(() => stopNow(why)),
  }
}
