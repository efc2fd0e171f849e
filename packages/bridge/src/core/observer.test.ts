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
  sessionFailed() {},
  crashed() {},
}

describe("combineObservers", () => {
  it("calls every observer, in their order", () => {
    const heard: string[] = []
    const both = combineObservers([
      { ...silent, sessionOpened: (name) => heard.push(`first ${name}`) },
      { ...silent, sessionOpened: (name) => heard.push(`second ${name}`) },
    ])
    both.sessionOpened("http://backend:1", null, 0)
    expect(heard).toEqual(["first http://backend:1", "second http://backend:1"])
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
