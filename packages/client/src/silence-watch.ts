import { Code } from "@causeway/protocol"
import { maxTimerMs } from "./call-scope.ts"
import type { CallScope } from "./call-scope.ts"
import { RpcError } from "./rpc-error.ts"
import type { SilenceOptions } from "./silence-options.ts"
import { graceMs } from "./within-grace.ts"

/** What is waited for, since when, and how long at most. */
interface Wait {
  readonly reason: "no-first-byte" | "stalled"
  readonly since: number
  readonly limitMs: number
}

/**
 * Ends an HTTP request when its answer is silent for longer than it may be. The time is measured by a clock and not by the
 * timer: hidden tabs run timers once a minute, and a laptop sleeps. A timer that comes late gives the bytes that wait
 * behind it as much time as it is late, up to a second, before it judges.
 */
export class SilenceWatch {
  readonly #request: CallScope
  readonly #limits: Required<SilenceOptions>
  #hasBegun = false
  /** null: what has come is still to be taken. */
  #wait: Wait | null = null
  /** The wait whose timer was late. */
  #lateWait: Wait | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(request: CallScope, limits: Required<SilenceOptions>) {
    this.#request = request
    this.#limits = limits
    request.signal.addEventListener("abort", this.#stop)
  }

  /** Settles as `work` does: the first wait is for the head of the answer, all others are for bytes of its body. */
  async during<T>(work: Promise<T>): Promise<T> {
    const { firstByteTimeoutMs, idleTimeoutMs } = this.#limits
    const isForHead = !this.#hasBegun
    this.#hasBegun = true
    if (isForHead) this.#begin("no-first-byte", firstByteTimeoutMs)
    else this.#begin("stalled", idleTimeoutMs)
    try {
      return await work
    } finally {
      this.#wait = null
      if (isForHead) this.#stop()
    }
  }

  #begin(reason: Wait["reason"], limitMs = 0): void {
    if (!(limitMs > 0) || this.#request.signal.aborted) return
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
    if (this.#lateWait === wait) return this.#request.end(silenceError(wait))
    this.#lateWait = wait
    this.#lookIn(Math.min(-leftMs, graceMs))
  }

  #stop = (): void => {
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
