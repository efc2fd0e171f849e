import { describe, expect, it } from "vitest"
import { Requester } from "../../test/support/requester.ts"
import { Clients } from "./clients.ts"
import { WaitingCalls } from "./waiting-calls.ts"

/** Waiting calls of some clients, three of each. */
function scene(addresses: readonly string[]) {
  const waiting = new WaitingCalls()
  const clients = new Clients()
  const calls = addresses.map((address) => {
    return Array.from({ length: 3 }, () => {
      const call = new Requester(address)
      waiting.add(call, clients.at(address), 10)
      return call
    })
  })
  const takeAll = (): Requester[] => {
    const taken: Requester[] = []
    for (let next = waiting.nextClient(10); next !== null; next = waiting.nextClient(10))
      taken.push(waiting.take(next) as Requester)
    return taken
  }
  return { waiting, clients, calls, takeAll }
}

describe("calls that wait", () => {
  it("are served in turn by client, and in order of arrival within one", () => {
    const { calls, takeAll } = scene(["192.0.2.1", "192.0.2.2"])
    const [[a, b, c], [d, e, f]] = calls
    expect(takeAll()).toEqual([a, d, b, e, c, f])
  })

  it("delay no other while they are held for one endpoint, and have their places again when endpoints change", () => {
    const { waiting, calls, takeAll } = scene(["192.0.2.1", "192.0.2.2"])
    const [[a, b, c], [d, e, f]] = calls
    for (const held of [a, b, d]) waiting.hold(held)
    expect(waiting.size).toBe(6)
    expect(waiting.take(waiting.nextClient(10) ?? expect.fail())).toBe(c)
    waiting.retryHeld()
    expect(waiting.hasHeldCall).toBe(false)
    expect(takeAll()).toEqual([d, a, e, b, f])
  })

  it("can leave while they are held, and a client whose calls are all held has no turn", () => {
    const { waiting, clients, calls } = scene(["192.0.2.1"])
    const [[a, b, c]] = calls
    for (const held of [a, b, c]) waiting.hold(held)
    expect(waiting.hasServableCall).toBe(false)
    expect(waiting.nextClient(10)).toBeNull()
    expect(waiting.remove(b)).toBe(clients.at("192.0.2.1"))
    expect(waiting.clear().map(([call]) => call)).toEqual([a, c])
    expect([waiting.size, waiting.hasHeldCall]).toEqual([0, false])
    clients.forgetIfIdle(clients.at("192.0.2.1"))
    expect(clients.size).toBe(0)
  })
})
