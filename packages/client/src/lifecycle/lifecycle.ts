import type { Interceptor } from "@connectrpc/connect"
import { systemClock } from "../clock.ts"
import type { Clock } from "../clock.ts"
import { tellListeners } from "../tell-listeners.ts"
import { endWithPage } from "./end-with-page.ts"
import type { PageEvent, PageSignals } from "./page-signals.ts"
import { createSleepDetector } from "./sleep-detector.ts"

/** The options of `lifecycle`. All are for tests, and for pages inside pages. */
export interface LifecycleOptions {
  /**
   * The target of `pagehide`, `pageshow`, `beforeunload` and `online`. Default: the global object, if it has events.
   */
  readonly window?: EventTarget
  /** The target of `visibilitychange`. Default: the global `document`, if there is one. */
  readonly document?: EventTarget & { readonly visibilityState: DocumentVisibilityState }
  /** Default: the system clock. */
  readonly clock?: Clock
  /** The wall clock, in milliseconds. Default: `Date.now`. */
  readonly timeOfDayMs?: () => number
}

/** The lifecycle of a page, for the calls that it makes. */
export interface Lifecycle extends PageSignals {
  /**
   * Ends streams with their page, and keeps the end of the page from looking like a failure to retry. Add it to
   * `interceptors`, inside `retry` if that is used.
   */
  readonly interceptor: Interceptor
  /**
   * Removes all listeners. Streams that wait for the page to come back are woken, because nothing would wake them
   * later.
   */
  close(): void
}

/** How long after `beforeunload` the page counts as leaving. A download, or a user who stays, leaves the page open. */
const leavingMs = 10_000
/** How often the clocks are compared while there are subscribers. */
const sleepCheckMs = 5_000

/**
 * Ties calls to the lifecycle of their page. Streams are closed when the page is left and, with `resumable(method, {
 * lifecycle })`, resume when it is shown again. A wait is cut short when the page is visible or online again. A stream
 * that was open while the machine slept is reconnected. Outside a page or worker it does nothing.
 *
 * ```ts
 * const page = lifecycle()
 * const transport = createTransport({ baseUrl: "/", interceptors: [page.interceptor] })
 * const watch = resumable(createClient(AuditService, transport).watch, { resume, lifecycle: page })
 * ```
 */
export function lifecycle(options: LifecycleOptions = {}): Lifecycle {
  return new PageLifecycle(options)
}

class PageLifecycle implements Lifecycle {
  readonly interceptor: Interceptor
  readonly #clock: Clock
  readonly #hasSlept: () => boolean
  readonly #document: LifecycleOptions["document"]
  readonly #listeners = new Set<(event: PageEvent) => void>()
  readonly #closed = new AbortController()
  readonly #window: EventTarget | undefined
  #phase: "shown" | "leaving" | "left" = "shown"
  #watching: AbortController | undefined

  constructor({
    window = globalWindow(),
    document = globalThis.document,
    clock = systemClock,
    ...rest
  }: LifecycleOptions) {
    this.interceptor = endWithPage(this)
    this.#clock = clock
    this.#window = window
    this.#document = document
    this.#hasSlept = createSleepDetector({ timeOfDayMs: rest.timeOfDayMs ?? (() => Date.now()), nowMs: clock.nowMs })
    const { signal } = this.#closed
    window?.addEventListener("pagehide", this.#onPageHide, { signal })
    window?.addEventListener("pageshow", this.#onPageShow, { signal })
    window?.addEventListener("online", this.#onOnline, { signal })
    document?.addEventListener("visibilitychange", this.#onVisibilityChange, { signal })
  }

  get isSuspended(): boolean {
    return this.#phase !== "shown"
  }

  readonly subscribe = (listener: (event: PageEvent) => void): (() => void) => {
    if (this.#closed.signal.aborted) return () => {}
    this.#listeners.add(listener)
    if (this.#watching === undefined) this.#watch()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#watching?.abort()
      this.#watching = undefined
    }
  }

  readonly close = (): void => {
    this.#closed.abort()
    this.#watching?.abort()
    if (this.isSuspended) this.#show()
    this.#listeners.clear()
  }

  #onBeforeUnload = (): void => {
    this.#phase = "leaving"
    void this.#showUnlessLeft()
  }

  async #showUnlessLeft(): Promise<void> {
    await this.#clock.wait(leavingMs, this.#closed.signal)
    if (this.#phase === "leaving") this.#show()
  }

  #onPageHide = (): void => {
    this.#phase = "left"
    this.#tell("suspend")
  }

  #onPageShow = (): void => {
    // `pageshow` also fires when a page has just loaded.
    if (this.#phase !== "shown") this.#show()
  }

  #onOnline = (): void => {
    if (!this.isSuspended) this.#wake()
  }

  #onVisibilityChange = (): void => {
    // A page that comes back becomes visible before `pageshow`. It is woken by `pageshow`, not twice.
    if (this.#document?.visibilityState === "visible" && !this.isSuspended) this.#wake()
  }

  #show(): void {
    this.#phase = "shown"
    this.#wake()
  }

  #wake(): void {
    this.#tell(this.#hasSlept() ? "slept" : "wake")
  }

  /**
   * Runs only while there are subscribers: without open calls, leaving the page breaks nothing. Some versions of
   * Firefox keep no page in the back/forward cache that listens to `beforeunload` (version 153 does).
   */
  #watch(): void {
    this.#watching = new AbortController()
    const { signal } = this.#watching
    this.#window?.addEventListener("beforeunload", this.#onBeforeUnload, { signal })
    void this.#watchClocks(signal)
  }

  /** A page that is visible when the machine wakes gets no event, so the clocks are compared. */
  async #watchClocks(signal: AbortSignal): Promise<void> {
    // Discards a sleep from the time without subscribers.
    this.#hasSlept()
    while (!signal.aborted) {
      await this.#clock.wait(sleepCheckMs, signal)
      if (!signal.aborted && this.#hasSlept()) this.#tell("slept")
    }
  }

  #tell(event: PageEvent): void {
    tellListeners(this.#listeners, event)
  }
}

function globalWindow(): EventTarget | undefined {
  return "addEventListener" in globalThis ? globalThis : undefined
}
