import { Code } from "@connectrpc/connect"
import { lifecycle } from "../src/lifecycle/lifecycle.ts"
import type { Lifecycle } from "../src/lifecycle/lifecycle.ts"
import type { PageEvent } from "../src/lifecycle/page-signals.ts"
import { resumable } from "../src/resumable/resumable.ts"
import type { ResumableStream } from "../src/resumable/resumable.ts"
import { RpcError } from "../src/rpc-error.ts"
import { createHeldClock, settle } from "../src/testing/held-clock.ts"
import type { HeldClock } from "../src/testing/held-clock.ts"
import { createFakeMethod } from "./fake-calls.ts"
import type { FakeMethod, FakeRequest } from "./fake-calls.ts"

export const cut: RpcError = new RpcError("the connection broke", Code.Unavailable, { source: "network" })
/** What `fetch` of Firefox throws when the connection breaks. */
export const failedFetch: TypeError = new TypeError("NetworkError when attempting to fetch resource.")

/** Knows its listeners. */
class CountingTarget extends EventTarget {
  readonly #added = new Map<string, (AbortSignal | undefined)[]>()

  override addEventListener(...[name, listener, options]: Parameters<EventTarget["addEventListener"]>): void {
    super.addEventListener(name, listener, options)
    const signal = typeof options === "object" ? options.signal : undefined
    this.#added.set(name, [...(this.#added.get(name) ?? []), signal])
  }

  /** How many there are that no signal has taken away. */
  listenersOf(name: string): number {
    return (this.#added.get(name) ?? []).filter((signal) => signal?.aborted !== true).length
  }
}

/** A page in a test's hands: its events, its clocks, and the lifecycle that listens to them. */
export interface TestPage {
  readonly page: Lifecycle
  readonly clock: HeldClock
  /** What `listen` heard. */
  readonly events: PageEvent[]
  readonly listen: () => () => void
  /** How many listen to `beforeunload`. */
  readonly beforeunloads: () => number
  readonly fire: (name: string) => void
  readonly show: (visibilityState: DocumentVisibilityState) => void
  readonly sleep: (ms: number) => void
}

export function setUp(): TestPage {
  const window = new CountingTarget()
  const shown: { visibilityState: DocumentVisibilityState } = { visibilityState: "visible" }
  const document = Object.assign(new EventTarget(), shown)
  const clock = createHeldClock()
  let sleptMs = 0
  const page = lifecycle({ window, document, clock, timeOfDayMs: () => 1_790_000_000_000 + clock.nowMs() + sleptMs })
  const events: PageEvent[] = []
  return {
    page,
    clock,
    events,
    listen: () => page.subscribe((event) => events.push(event)),
    beforeunloads: () => window.listenersOf("beforeunload"),
    fire: (name: string) => window.dispatchEvent(new Event(name)),
    show(visibilityState: DocumentVisibilityState) {
      document.visibilityState = visibilityState
      document.dispatchEvent(new Event("visibilitychange"))
    },
    sleep: (ms: number) => void (sleptMs += ms),
  }
}

/** A page with a resumable stream that somebody reads; chance always gives one half. */
export interface StreamingPage extends TestPage, FakeMethod {
  readonly stream: ResumableStream<string, FakeRequest>
  readonly received: string[]
  readonly reading: Promise<void>
}

export async function setUpStream(): Promise<StreamingPage> {
  const setup = setUp()
  const fake = createFakeMethod()
  const { clock, page } = setup
  const watch = resumable(fake.method, { resume: (after) => ({ after }), lifecycle: page, clock, random: () => 0.5 })
  const stream = watch({ after: "0" })
  const received: string[] = []
  const reading = (async () => {
    for await (const message of stream) received.push(message)
  })()
  await settle()
  return { ...setup, ...fake, stream, received, reading }
}
