import { Code } from "@causeway/protocol"
import { CallScope, maxTimerMs } from "./call-scope.ts"
import { RpcError } from "./rpc-error.ts"
import type { SilenceLimits } from "./silence-limits.ts"
import { graceMs } from "./within-grace.ts"

/** What is waited for, since when, and how long at most. */
interface Wait {
  readonly reason: "no-first-byte" | "stalled"
  readonly since: number
  readonly limitMs: number
}

/**
 * One HTTP request of a call, which ends with the call, or when its answer is silent for longer than it may be. The time is
 * measured by a clock and not by the timer: hidden tabs run timers once a minute, and a laptop sleeps. A timer that comes
 * late gives the bytes that wait behind it as much time as it is late, up to a second, before it judges.
 */
export class SilenceWatch {
  readonly #scope: CallScope
  readonly #limits: Required<SilenceLimits>
  /** null: what has come is still to be taken. */
  #wait: Wait | null = null
  /** The wait whose timer was late. */
  #lateWait: Wait | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parent: AbortSignal, limits: Required<SilenceLimits>) {
    this.#scope = new CallScope(parent, undefined)
    this.#limits = limits
  }

  /** Aborted by the end of the request, by `parent`, and by a silence. */
  get signal(): AbortSignal {
    return this.#scope.signal
  }

  /** Settles as `answer` does, or fails if it takes too long to begin. */
  async firstByte<T>(answer: Promise<T>): Promise<T> {
    this.#begin("no-first-byte", this.#limits.firstByteTimeoutMs)
    try {
      return await this.#scope.outcome(answer)
    } finally {
      this.#stop()
    }
  }

  /** Bytes of the body are waited for from now on. */
  listen(): void {
    this.#begin("stalled", this.#limits.idleTimeoutMs)
  }

  /** Bytes came, or the end. */
  heard(): void {
    this.#wait = null
  }

  /** Ends the request. */
  end(reason?: unknown): void {
    this.#stop()
    this.#scope.end(reason)
  }

  #begin(reason: Wait["reason"], limitMs: number): void {
    if (!(limitMs > 0) || this.signal.aborted) return
    this.#wait = { reason, since: performance.now(), limitMs }
    // One timer for all waits of a body: it is set when it fires, and not with every chunk.
    if (this.#timer === undefined) this.#lookIn(limitMs)
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(this.#look, Math.min(ms, maxTimerMs))
  }

  #look = (): void => {
    this.#timer = undefined
    const wait = this.#wait
    if (wait === null) return
    const leftMs = wait.since + wait.limitMs - performance.now()
    if (leftMs > 0) return this.#lookIn(leftMs)
    if (this.#lateWait === wait) return this.end(silenceError(wait))
    this.#lateWait = wait
    this.#lookIn(Math.min(-leftMs, graceMs))
  }

  #stop(): void {
    this.heard()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

function silenceError({ reason, limitMs }: Wait): RpcError {
  const [what, option] =
    reason === "stalled"
      ? ["no byte of the answer came for", "idleTimeoutMs"]
      : ["the answer did not begin within", "firstByteTimeoutMs"]
  const why = `${what} ${limitMs} ms (${option}): the network, the service or a proxy on the way hangs`
  return new RpcError(why, Code.Unavailable, { source: "network", reason })
}
