import type { ResolvedEndpoint } from "./resolved-endpoint.ts"
import { whyUnresolved } from "./dns-errors.ts"

/** Result of a resolution. */
export interface Resolution {
  /** At least one. */
  readonly endpoints: readonly ResolvedEndpoint[]
  /** Time until the next resolution. */
  readonly validForMs: number
  /** The part that failed, in words. Null: none did. */
  readonly problem: string | null
}

/** Resolves a name once. Rejects if there is no endpoint. */
export type Resolve = () => Promise<Resolution>

/** Gives numbers from 0 to 1. */
export type Random = () => number

/** Callbacks of a watch. */
export interface NameListener {
  resolved(endpoints: readonly ResolvedEndpoint[]): void
  failed(why: string): void
  recovered(): void
}

/** Shortest time between two resolutions. Failing connections ask for many. */
const minIntervalMs = 1_000
const firstBackOffMs = 1_000
const maxBackOffMs = 10_000
const backOffFactor = 1.6

type WatchState =
  | { readonly kind: "idle" }
  /** `isLate`: the running resolution began before the last `resolveNow`, so its answer may be outdated. */
  | { readonly kind: "resolving"; readonly isLate: boolean }
  /** The last resolution gave endpoints. */
  | { readonly kind: "resolved"; readonly timer: NodeJS.Timeout; readonly dueAt: number }
  /** The last resolution failed. */
  | { readonly kind: "failing"; readonly timer: NodeJS.Timeout }
  | { readonly kind: "closed" }

/** Resolves one name again and again: when its addresses expire, when asked, and with back-off while it fails. */
export class NameWatch {
  readonly #resolve: Resolve
  readonly #listener: NameListener
  readonly #random: Random
  #state: WatchState = { kind: "idle" }
  #startedAt = -Infinity
  #backOffMs = firstBackOffMs
  #told: string | null = null
  #failures = 0

  constructor(resolve: Resolve, listener: NameListener, random: Random) {
    this.#resolve = resolve
    this.#listener = listener
    this.#random = random
  }

  /** Why the last resolution failed, in whole or in part. Null: it did not. */
  get problem(): string | null {
    return this.#told
  }

  /** Number of resolutions that failed, in whole or in part. */
  get failures(): number {
    return this.#failures
  }

  start(): void {
    if (this.#state.kind === "idle") void this.#run()
  }

  /** While the name fails, its back-off goes on: asking more often would not help the DNS server. */
  resolveNow(): void {
    const state = this.#state
    if (state.kind === "resolving") this.#state = { kind: "resolving", isLate: true }
    if (state.kind !== "resolved") return
    const dueAt = Math.max(performance.now(), this.#startedAt + minIntervalMs)
    if (dueAt >= state.dueAt) return
    clearTimeout(state.timer)
    this.#runAt(dueAt)
  }

  close(): void {
    if (this.#state.kind === "resolved" || this.#state.kind === "failing") clearTimeout(this.#state.timer)
    this.#state = { kind: "closed" }
  }

  async #run(): Promise<void> {
    this.#state = { kind: "resolving", isLate: false }
    this.#startedAt = performance.now()
    const result = await this.#resolve().catch((cause: unknown) => ({ why: whyUnresolved(cause) }))
    const { kind } = this.#state as WatchState // may have changed meanwhile
    if (kind !== "resolving") return
    if ("why" in result) this.#failed(result.why)
    else this.#resolved(result)
  }

  #resolved({ endpoints, validForMs, problem }: Resolution): void {
    const isLate = this.#state.kind === "resolving" && this.#state.isLate
    const now = performance.now()
    this.#backOffMs = firstBackOffMs
    // Later by up to a tenth, so that several bridges do not ask in step.
    this.#runAt(isLate ? Math.max(now, this.#startedAt + minIntervalMs) : now + validForMs * (1 + 0.1 * this.#random()))
    this.#listener.resolved(endpoints)
    this.#tell(problem)
  }

  #failed(why: string): void {
    const delayMs = this.#backOffMs * (0.8 + 0.4 * this.#random())
    this.#backOffMs = Math.min(maxBackOffMs, this.#backOffMs * backOffFactor)
    this.#state = { kind: "failing", timer: setTimeout(() => void this.#run(), delayMs).unref() }
    this.#tell(why)
  }

  #runAt(dueAt: number): void {
    const timer = setTimeout(() => void this.#run(), Math.max(0, dueAt - performance.now())).unref()
    this.#state = { kind: "resolved", timer, dueAt }
  }

  #tell(problem: string | null): void {
    if (problem !== null) this.#failures++
    if (this.#state.kind === "closed" || problem === this.#told) return
    this.#told = problem
    if (problem === null) this.#listener.recovered()
    else this.#listener.failed(problem)
  }
}
