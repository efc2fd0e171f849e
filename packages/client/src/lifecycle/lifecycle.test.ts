import { Code, ConnectError } from "@connectrpc/connect"
import type { Interceptor } from "@connectrpc/connect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { scriptedClients, wordsOf } from "../../test/clients.ts"
import { createFakeMethod } from "../../test/fake-calls.ts"
import { watchFrame } from "../../test/grpc-web-bytes.ts"
import { createHeldClock, settle } from "../testing/held-clock.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { resumable } from "../resumable/resumable.ts"
import { RpcError } from "../rpc-error.ts"
import { lifecycle } from "./lifecycle.ts"
import type { PageEvent } from "./page-signals.ts"

const cut = new RpcError("the connection broke", Code.Unavailable, { source: "network" })
const failedFetch = new TypeError("NetworkError when attempting to fetch resource.")

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
function setUp() {
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
    sleep: (ms: number) => (sleptMs += ms),
  }
}

/** A page with a resumable stream that somebody reads; chance always gives one half. */
async function setUpStream() {
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

afterEach(() => void vi.unstubAllGlobals())

describe("lifecycle", () => {
  it("does nothing where there is no page", () => {
    const page = lifecycle()
    expect(page.isSuspended).toBe(false)
    page.close()
  })

  it("listens to the global window and document where none is given", () => {
    const window = new EventTarget()
    vi.stubGlobal("addEventListener", window.addEventListener.bind(window))
    vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }))
    const page = lifecycle()
    const events: PageEvent[] = []
    page.subscribe((event) => events.push(event))
    document.dispatchEvent(new Event("visibilitychange"))
    expect(events).toEqual(["wake"])
    page.close()
  })

  it("suspends when the page is left, and wakes when it is shown again", () => {
    const { page, fire, events, listen } = setUp()
    listen()
    fire("pagehide")
    expect(page.isSuspended).toBe(true)
    fire("pageshow")
    expect(page.isSuspended).toBe(false)
    expect(events).toEqual(["suspend", "wake"])
  })

  it("takes the pageshow of a page that has just loaded for no return", () => {
    const { fire, events, listen } = setUp()
    listen()
    fire("pageshow")
    expect(events).toEqual([])
  })

  it("wakes when the page is online or visible again, and not when it is hidden or offline", () => {
    const { fire, show, events, listen } = setUp()
    listen()
    fire("offline")
    show("hidden")
    expect(events).toEqual([])
    fire("online")
    show("visible")
    expect(events).toEqual(["wake", "wake"])
  })

  it("wakes once when the page is back, which is visible before it is shown", () => {
    const { fire, show, events, listen } = setUp()
    listen()
    fire("pagehide")
    show("hidden")
    show("visible")
    fire("online")
    fire("pageshow")
    expect(events).toEqual(["suspend", "wake"])
  })

  it("takes a page that is still there 10 s after beforeunload for one that stays", async () => {
    const { page, clock, fire, events, listen } = setUp()
    listen()
    fire("beforeunload")
    expect(page.isSuspended).toBe(true)
    expect(events).toEqual([])
    await clock.advance(9_999)
    expect(page.isSuspended).toBe(true)
    await clock.advance(1)
    expect(page.isSuspended).toBe(false)
    expect(events).toEqual(["wake"])
  })

  it("does not take a page that was left, and is kept, for one that stays", async () => {
    const { page, clock, fire, listen } = setUp()
    listen()
    fire("beforeunload")
    fire("pagehide")
    await clock.advance(10_000)
    expect(page.isSuspended).toBe(true)
  })

  it("tells all who listen, though one of them throws, which is for the page to hear of", () => {
    const { page, fire, listen, events } = setUp()
    const later: (() => void)[] = []
    vi.stubGlobal("queueMicrotask", (work: () => void) => later.push(work))
    const defect = new Error("a defect of the listener's")
    page.subscribe(() => {
      throw defect
    })
    listen()
    fire("pagehide")
    expect(events).toEqual(["suspend"])
    expect(later).toHaveLength(1)
    expect(later[0]).toThrow(defect)
  })

  it("wakes those who wait for the page when it is closed: nobody else would", () => {
    const { page, fire, listen, events } = setUp()
    listen()
    fire("pagehide")
    page.close()
    expect(events).toEqual(["suspend", "wake"])
    expect(page.isSuspended).toBe(false)
  })

  it("listens to beforeunload while a call is under way or a stream is open, and no longer", async () => {
    const { page, beforeunloads, listen } = setUp()
    expect(beforeunloads()).toBe(0)
    const first = listen()
    const second = listen()
    expect(beforeunloads()).toBe(1)
    first()
    expect(beforeunloads()).toBe(1)
    second()
    expect(beforeunloads()).toBe(0)
    const during: number[] = []
    const fetch = (): Promise<never> => {
      during.push(beforeunloads())
      return Promise.reject(failedFetch)
    }
    const { users, audit } = scriptedClients([], { interceptors: [page.interceptor], fetch })
    await errorOf(users.getUser({}))
    expect(beforeunloads()).toBe(0)
    await outcomeOf(audit.watch({}))
    expect(beforeunloads()).toBe(0)
    expect(during).toEqual([1, 1])
    listen()
    page.close()
    expect(beforeunloads()).toBe(0)
  })

  it("hears nothing once it is closed, and keeps no timer", async () => {
    const { page, fire, show, sleep, clock, events, listen } = setUp()
    listen()
    page.close()
    listen()
    fire("pagehide")
    show("visible")
    sleep(60_000)
    await clock.advance(60_000)
    expect(events).toEqual([])
    expect(page.isSuspended).toBe(false)
  })
})

describe("Q23: a machine that slept", () => {
  it("is told by the time of day, which went on without the other clock", async () => {
    const { clock, sleep, events, listen } = setUp()
    listen()
    await clock.advance(60_000)
    expect(events).toEqual([])
    sleep(600_000)
    await clock.advance(5_000)
    expect(events).toEqual(["slept"])
    await clock.advance(60_000)
    expect(events).toEqual(["slept"])
  })

  it("is not told by a clock that was put right", async () => {
    const { clock, sleep, events, listen } = setUp()
    listen()
    sleep(9_999)
    await clock.advance(5_000)
    sleep(-3_600_000)
    await clock.advance(5_000)
    expect(events).toEqual([])
  })

  it("is noticed at once when it wakes with a visible page", () => {
    const { show, sleep, events, listen } = setUp()
    listen()
    show("hidden")
    sleep(600_000)
    show("visible")
    expect(events).toEqual(["slept"])
  })

  it("matters to nobody who did not listen then", async () => {
    const { clock, sleep, events, listen } = setUp()
    sleep(600_000)
    const unsubscribe = listen()
    await clock.advance(5_000)
    unsubscribe()
    sleep(600_000)
    await clock.advance(5_000)
    listen()
    await clock.advance(5_000)
    expect(events).toEqual([])
  })

  it("drops the stream that was open and resumes it at once, after the last message", async () => {
    const { calls, call, clock, sleep, received } = await setUpStream()
    await call().send("1")
    sleep(600_000)
    await clock.advance(5_000)
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false])
    await call().send("2")
    expect(calls[1].request.after).toBe("1")
    expect(received).toEqual(["1", "2"])
  })
})

describe("Q8: a stream in a page that is left and comes back", () => {
  it("is closed, waits without an end, and resumes once", async () => {
    const { calls, call, clock, fire, show, stream, received } = await setUpStream()
    await call().send("1")
    fire("pagehide")
    await settle()
    expect(call().signal.aborted).toBe(true)
    expect(stream.state).toEqual({ kind: "waiting", attempt: 1, untilMs: Infinity, error: null })
    await clock.advance(600_000)
    expect(calls).toHaveLength(1)
    show("visible")
    fire("pageshow")
    fire("online")
    await settle()
    expect(calls).toHaveLength(2)
    await call().send("2")
    expect(calls[1].request.after).toBe("1")
    expect(received).toEqual(["1", "2"])
  })

  it("that waited to be tried again makes no attempt while the page is away", async () => {
    const { calls, call, clock, fire } = await setUpStream()
    await call().end(cut)
    fire("pagehide")
    await clock.advance(60_000)
    expect(calls).toHaveLength(1)
    fire("pageshow")
    await settle()
    expect(calls).toHaveLength(2)
  })

  it("and that nothing resumes has ended with an error", async () => {
    const { page, fire } = setUp()
    const { audit, requests } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }], {
      interceptors: [page.interceptor],
    })
    const outcome = outcomeOf(audit.watch({}))
    await vi.waitFor(() => expect(requests[0]?.chunksTaken).toBe(1))
    fire("pagehide")
    const { messages, error } = await outcome
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error).toMatchObject({ code: Code.Canceled, rawMessage: "the page was left", source: "client" })
    expect(requests[0].signal.aborted).toBe(true)
  })

  it("is ended by the consumer while it is away", async () => {
    const { calls, fire, stream, reading } = await setUpStream()
    fire("pagehide")
    await settle()
    await stream[Symbol.asyncDispose]()
    await reading
    fire("pageshow")
    await settle()
    expect(calls).toHaveLength(1)
  })
})

describe("Q9: a call that the leaving of its page breaks", () => {
  it.each(["beforeunload", "pagehide"])("after %s fails as CANCELED, whatever its kind", async (event) => {
    const { page, fire } = setUp()
    const fetch = (): Promise<never> => {
      fire(event)
      return Promise.reject(failedFetch)
    }
    const { users, audit } = scriptedClients([], { interceptors: [page.interceptor], fetch })
    const canceled = { code: Code.Canceled, source: "client", cause: { code: Code.Unavailable, source: "network" } }
    expect(await errorOf(users.getUser({}))).toMatchObject(canceled)
    fire("pageshow")
    const left = { code: Code.Canceled, source: "client" }
    expect((await outcomeOf(audit.watch({}))).error).toMatchObject(event === "pagehide" ? left : canceled)
  })

  it("in the middle of a stream fails as CANCELED too", async () => {
    const { page, fire } = setUp()
    const { audit } = scriptedClients([{ body: [watchFrame("a"), failedFetch] }], { interceptors: [page.interceptor] })
    const messages = audit.watch({})[Symbol.asyncIterator]()
    await messages.next()
    fire("beforeunload")
    await expect(messages.next()).rejects.toMatchObject({ code: Code.Canceled, source: "client" })
  })

  it("is not tried again by a resumable stream, unless the page stays", async () => {
    const { calls, call, clock, fire, stream } = await setUpStream()
    fire("beforeunload")
    await call().end(cut)
    expect(stream.state).toMatchObject({ kind: "waiting", untilMs: Infinity, attempt: 1 })
    await clock.advance(9_999)
    expect(calls).toHaveLength(1)
    await clock.advance(1)
    expect(calls).toHaveLength(2)
  })

  it("is told as it is by the service itself", async () => {
    const { page, fire } = setUp()
    const { users } = scriptedClients([{ headers: { "grpc-status": "7" }, body: null }], {
      interceptors: [page.interceptor],
    })
    fire("pagehide")
    expect((await errorOf(users.getUser({}))).code).toBe(Code.PermissionDenied)
  })

  it("in a page that stays is a failure like another", async () => {
    const { page } = setUp()
    const { users } = scriptedClients([failedFetch], { interceptors: [page.interceptor] })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unavailable, source: "network" })
  })
})

describe("Q20: a page whose browser says that it is offline", () => {
  it("makes the first attempt of a stream all the same, and shortens the wait when it is online", async () => {
    vi.stubGlobal("navigator", { onLine: false })
    const setup = setUp()
    setup.fire("offline")
    const { calls, call, clock, fire, stream } = await setUpStream()
    expect(calls).toHaveLength(1)
    await call().end(cut)
    expect(stream.state).toMatchObject({ kind: "waiting", untilMs: 500 })
    fire("online")
    await settle()
    expect(calls).toHaveLength(2)
    expect(clock.nowMs()).toBe(0)
  })

  it("makes a call through the interceptor all the same", async () => {
    vi.stubGlobal("navigator", { onLine: false })
    const { page, fire } = setUp()
    const { users, requests } = scriptedClients([failedFetch], { interceptors: [page.interceptor] })
    fire("offline")
    await errorOf(users.getUser({}))
    expect(requests).toHaveLength(1)
  })
})

describe("the interceptor over streams", () => {
  it("listens to the page no longer than a stream lives", async () => {
    const { page } = setUp()
    let listeners = 0
    const counted = page.subscribe
    vi.spyOn(page, "subscribe").mockImplementation((listener) => {
      listeners++
      const unsubscribe = counted(listener)
      return () => {
        listeners--
        unsubscribe()
      }
    })
    const ends = [{ body: [watchFrame("a")], isOpen: true }, { body: [watchFrame("a")] }, failedFetch]
    for (const end of ends) {
      const { audit } = scriptedClients([end], { interceptors: [page.interceptor] })
      try {
        for await (const _ of audit.watch({})) if (end === ends[0]) break
      } catch (error) {
        expect(error).toBeInstanceOf(ConnectError)
      }
    }
    expect(vi.mocked(page.subscribe)).toHaveBeenCalledTimes(3)
    await vi.waitFor(() => expect(listeners).toBe(0))
  })

  it("does not listen for a stream that was aborted before it got here", async () => {
    const { page } = setUp()
    const subscribe = vi.spyOn(page, "subscribe")
    const late: Interceptor = (next) => async (request) => {
      controller.abort()
      return next(request)
    }
    const controller = new AbortController()
    const { audit, requests } = scriptedClients([{ body: [] }], { interceptors: [late, page.interceptor] })
    const error = await errorOf(audit.watch({}, { signal: controller.signal })[Symbol.asyncIterator]().next())
    expect(error.code).toBe(Code.Canceled)
    expect(subscribe).not.toHaveBeenCalled()
    expect(requests).toEqual([])
  })
})
