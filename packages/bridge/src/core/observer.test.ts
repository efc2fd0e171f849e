import { describe, expect, it } from "vitest"
import type { Observer } from "./observer.ts"
import { combineObservers } from "./observer.ts"

const silent: Observer = {
  callStarted() {},
  callEnded() {},
  connectionOpened() {},
  connectionClosed() {},
  connectionRefused() {},
  connectionFailed() {},
  descriptorsExhausted() {},
  sessionOpened() {},
  sessionClosed() {},
  nameFailed() {},
  sessionFailed() {},
  endpointHealthChanged() {},
  mirrorStarted() {},
  mirrorEnded() {},
  crashed() {},
}

describe("combineObservers", () => {
  it("calls every observer, in their order", () => {
    const heard: string[] = []
    const both = combineObservers([
      { ...silent, sessionOpened: (name) => heard.push(`first ${name}`) },
      { ...silent, sessionOpened: (name) => heard.push(`second ${name}`) },
    ])
    both.sessionOpened("default", "http://backend:1", null, 0)
    expect(heard).toEqual(["first default", "second default"])
  })

  it("passes every event on, with all that it says", () => {
    const heard: unknown[] = []
    const recording = Object.fromEntries(
      Object.keys(silent).map((event) => [event, (...args: unknown[]) => heard.push([event, ...args])]),
    ) as unknown as Observer
    const events = {
      callStarted: [{}],
      callEnded: [{}],
      connectionOpened: [],
      connectionClosed: [],
      connectionRefused: ["draining"],
      connectionFailed: ["truncated", "192.0.2.1:9", "why"],
      descriptorsExhausted: ["EMFILE"],
      sessionOpened: ["default", "http://backend:1", "192.0.2.2:1", 2],
      sessionClosed: ["default", { why: "closed" }],
      nameFailed: ["default", "dns:///backend:1", "NXDOMAIN"],
      sessionFailed: ["default", { why: "failed" }],
      endpointHealthChanged: ["default", "b", false, "why"],
      mirrorStarted: ["next"],
      mirrorEnded: ["next", "finished"],
      crashed: ["here", new Error("thrown"), null],
    } satisfies Record<keyof Observer, unknown[]>
    const combined = combineObservers([recording]) as unknown as Record<string, (...args: unknown[]) => void>
    for (const [event, args] of Object.entries(events)) combined[event](...args)
    expect(heard).toEqual(Object.entries(events).map(([event, args]) => [event, ...args]))
  })

  it("protects the call from an observer that throws, and tells the other observers", () => {
    const defect = new Error("a defect of the observer")
    const heard: unknown[] = []
    const both = combineObservers([
      {
        ...silent,
        connectionOpened() {
          throw defect
        },
        crashed() {
          throw new Error("and here too")
        },
      },
      {
        ...silent,
        connectionOpened: () => heard.push("opened"),
        crashed: (where, cause) => heard.push([where, cause]),
      },
    ])
    both.connectionOpened()
    expect(heard).toEqual([["observer", defect], "opened"])
  })
})
