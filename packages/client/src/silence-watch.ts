import { Code } from "@causeway/protocol"
import { maxTimerMs } from "./call-scope.ts"
import type { CallScope } from "./call-scope.ts"
import { RpcError } from "./rpc-error.ts"
import type { SilenceOptions } from "./silence-options.ts"
import { graceMs } from "./within-grace.ts"

/** A wait: what it is for, its start, and its limit. */
interface Wait {
  readonly reason: "no-first-byte" | "stalled"
  readonly since: number
  readonly limitMs: number
}

/**
 * Ends an HTTP request when its answer is silent for too long. A clock measures the time, not the timer: hidden tabs
 * run timers once a minute, and laptops sleep. When a timer fires late, bytes may be waiting behind it in the event
 * loop. The watch then waits as long as the timer was late, up to a second, before it ends the request.
 */
export class SilenceWatch {
  readonly #request: CallScope
  readonly #limits: Required<SilenceOptions>
  #hasBegun = false
  /** Null while the consumer has not asked for more bytes. */
  #wait: Wait | null = null
  /** The wait that already got extra time because its timer was late. */
  #lateWait: Wait | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(request: CallScope, limits: Required<SilenceOptions>) {
    this.#request = request
    this.#limits = limits
    request.signal.addEventListener("abort", this.#stop)
  }

  /**
   * Watches `work` and settles as it does. The first call is for the head of the answer, all others are for bytes of
   * its body.
   */
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
    // One timer serves all waits of a body: it is set again when it fires, not for every chunk.
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
