import { EventEmitter } from "node:events"
import { describe, expect, it } from "vitest"
import { attachOwner, detachOwner, guarded } from "./guard.ts"

class Owner {
  readonly seen: unknown[] = []
  readonly causes: unknown[] = []

  crashed(cause: unknown): void {
    this.causes.push(cause)
  }
}

describe("guarded", () => {
  it("passes an event and its arguments to the owner of the emitter", () => {
    const onData = guarded((owner: Owner, one: string, two: number) => owner.seen.push([one, two]))
    const [first, second] = [new Owner(), new Owner()]
    for (const owner of [first, second]) {
      const emitter = new EventEmitter()
      attachOwner(emitter, owner)
      emitter.on("data", onData).emit("data", "x", 1)
    }
    expect([first.seen, second.seen]).toEqual([[["x", 1]], [["x", 1]]])
  })

  it("tells the owner that a callback threw, and lets nothing escape", () => {
    const thrown = new Error("thrown")
    const onData = guarded(() => {
      throw thrown
    })
    const owner = new Owner()
    const emitter = new EventEmitter()
    attachOwner(emitter, owner)
    expect(emitter.on("data", onData).emit("data")).toBe(true)
    expect(owner.causes).toEqual([thrown])
  })

  it("tells a detached owner nothing", () => {
    const onData = guarded((owner: Owner, value: unknown) => owner.seen.push(value))
    const owner = new Owner()
    const emitter = new EventEmitter().on("data", onData)
    attachOwner(emitter, owner)
    emitter.emit("data", 1)
    detachOwner(emitter)
    emitter.emit("data", 2)
    expect([owner.seen, owner.causes]).toEqual([[1], []])
    expect(Reflect.ownKeys(emitter).map((key) => Reflect.get(emitter, key))).not.toContain(owner)
  })
})
