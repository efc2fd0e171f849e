import type { Interceptor } from "@connectrpc/connect"
import { systemClock } from "../clock.ts"
import type { Clock } from "../clock.ts"
import { tellListeners } from "../tell-listeners.ts"
import { endWithPage } from "./end-with-page.ts"
import type { PageEvent, PageSignals } from "./page-signals.ts"
import { createSleepDetector } from "./sleep-detector.ts"

/** The options of `lifecycle`. All are for tests, and for pages inside of pages. */
export interface LifecycleOptions {
  /** Where `pagehide`, `pageshow`, `beforeunload` and `online` happen. Default: the global object, if it has events. */
  readonly window?: EventTarget
  /** Where `visibilitychange` happens. Default: the global `document`, if there is one. */
  readonly document?: EventTarget & { readonly visibilityState: DocumentVisibilityState }
  /** Default: the system's. */
  readonly clock?: Clock
  /** The time of day, in milliseconds. Default: `Date.now`. */
  readonly timeOfDayMs?: () => number
}

/** The life of a page, for the calls that it makes. */
export interface Lifecycle extends PageSignals {
  /**
   * Goes into `interceptors`, inside of `retry` if that is there: ends streams with their page, and keeps its end from
   * looking like a failure that is to be retried.
   */
  readonly interceptor: Interceptor
  /** Listens no more. Streams that waited for the page to be back go on: nobody else would tell them. */
  close(): void
}

/** How long after `beforeunload` a page is taken to be on its way out: a download, or a person who stays, leaves it open. */
const leavingMs = 10_000
/** How often the clocks are compared while somebody listens. */
const sleepCheckMs = 5_000

/**
 * Ties calls to the life of their page: streams are closed when it is left and, by `resumable(method, { lifecycle })`, come
 * back when it does; a wait is cut short when the page is visible or online again; a stream that was open while the machine
 * slept is connected anew. Outside of a page or worker it does nothing.
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
    // Also fired once when a page has loaded, which is no return.
    if (this.#phase !== "shown") this.#show()
  }

  #onOnline = (): void => {
    if (!this.isSuspended) this.#wake()
  }

  #onVisibilityChange = (): void => {
    // A page that comes back is visible before it is shown: it is awake when it hears of the latter.
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
   * While somebody listens, and no longer: where nothing is open, leaving breaks nothing, and versions of Firefox keep no page
   * in their back/forward cache that listens to `beforeunload` (version 153 does).
   */
  #watch(): void {
    this.#watching = new AbortController()
    const { signal } = this.#watching
    this.#window?.addEventListener("beforeunload", this.#onBeforeUnload, { signal })
    void this.#watchClocks(signal)
  }

  /** A page that is visible when the machine wakes hears no event. */
  async #watchClocks(signal: AbortSignal): Promise<void> {
    // How long the machine slept when nobody listened matters to nobody.
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
