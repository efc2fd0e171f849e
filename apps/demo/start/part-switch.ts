import type { PartState } from "./lab-state.ts"

/** A part that runs. */
export interface RunningPart {
  readonly stop: () => Promise<void>
  /** Resolves with how, when it has ended; never, where it cannot by itself. */
  readonly ended: Promise<string>
}

/** A part that can be stopped and started again, one thing at a time. */
export interface PartSwitch {
  readonly state: PartState
  /** Rejects with what `start` failed with; the state says so too. */
  start(): Promise<void>
  stop(why: string): Promise<void>
}

/**
 * Makes a switch, off. `start` makes the part run; `onLost` hears how it ended when nobody had asked for it.
 */
export function createPartSwitch(start: () => Promise<RunningPart>, onLost: (how: string) => void): PartSwitch {
  let state: PartState = { kind: "down", why: "it was not started yet" }
  let running: RunningPart | null = null
  let queue: Promise<void> = Promise.resolve()

  /** Runs after what was asked before, whether that worked or not. */
  function next(work: () => Promise<void>): Promise<void> {
    const done = queue.then(work)
    queue = done.catch(() => {})
    return done
  }

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
    // The end of its log follows, which is for the terminal.
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
