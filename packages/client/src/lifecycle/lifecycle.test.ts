import { afterEach, describe, expect, it, vi } from "vitest"
import { scriptedClients } from "../../test/clients.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { failedFetch, setUp } from "../../test/page-setup.ts"
import { lifecycle } from "./lifecycle.ts"
import type { PageEvent } from "./page-signals.ts"

afterEach(() => void vi.unstubAllGlobals())

describe("lifecycle", () => {
  it("does nothing without a page", () => {
    const page = lifecycle()
    expect(page.isSuspended).toBe(false)
    page.close()
  })

  it("listens to the global window and document by default", () => {
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

  it("ignores the pageshow of a page that has just loaded", () => {
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

  it("wakes once when the page is shown again, although it becomes visible before that", () => {
    const { fire, show, events, listen } = setUp()
    listen()
    fire("pagehide")
    show("hidden")
    show("visible")
    fire("online")
    fire("pageshow")
    expect(events).toEqual(["suspend", "wake"])
  })

  it("assumes that a page stays if it is still there 10 s after beforeunload", async () => {
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

  it("does not assume that a page stays after it was left and kept", async () => {
    const { page, clock, fire, listen } = setUp()
    listen()
    fire("beforeunload")
    fire("pagehide")
    await clock.advance(10_000)
    expect(page.isSuspended).toBe(true)
  })

  it("calls all listeners even if one of them throws, and reports that error to the page", () => {
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

  it("wakes subscribers that wait for the page when it is closed", () => {
    const { page, fire, listen, events } = setUp()
    listen()
    fire("pagehide")
    page.close()
    expect(events).toEqual(["suspend", "wake"])
    expect(page.isSuspended).toBe(false)
  })

  it("listens to beforeunload only while a call is in flight or a stream is open", async () => {
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

  it("has no listener and no timer after it was closed", async () => {
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
