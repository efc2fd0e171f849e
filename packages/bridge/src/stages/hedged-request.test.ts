import { describe, expect, it } from "vitest"
import type { RequestBody } from "../core/request-body.ts"
import type { RequestOutlet } from "../core/upstream-stream.ts"
import { Sink } from "../../test/support/request-scene.ts"
import type { AttemptRequest } from "./hedged-request.ts"
import { HedgedRequest } from "./hedged-request.ts"

/** A request whose client side is the test. */
function scene() {
  const events: string[] = []
  const heirs: AttemptRequest[] = []
  const body = {
    attach: (to: RequestOutlet) => void events.push(to === request ? "attach" : "attach another"),
    detach: () => void events.push("detach"),
    upstreamDrained: () => void events.push("drained"),
  } as unknown as RequestBody
  const request = new HedgedRequest(body, (heir) => void heirs.push(heir))
  const write = (text: string): boolean => request.write([Buffer.from(text)])
  return { events, heirs, request, write }
}

describe("the request of a hedged call", () => {
  it("is asked for when the first attempt gets a stream, and reaches all attempts", () => {
    const { events, request, write } = scene()
    const [one, two] = [new Sink(), new Sink()]
    request.forAttempt().attach(one)
    expect(events).toEqual(["attach"])
    write("a")
    request.forAttempt().attach(two)
    write("b")
    request.end()
    expect(events).toEqual(["attach"])
    expect([one.all, two.all]).toEqual([
      ["ab", true],
      ["ab", true],
    ])
  })

  it("reaches an attempt that begins after its end", () => {
    const { request, write } = scene()
    request.forAttempt().attach(new Sink())
    write("a")
    write("b")
    request.end()
    const late = new Sink()
    request.forAttempt().attach(late)
    expect(late.all).toEqual(["ab", true])
  })

  it("is taken back when the last attempt has left, and goes on with the next one", () => {
    const { events, request, write } = scene()
    const attempt = request.forAttempt()
    attempt.attach(new Sink())
    write("a")
    attempt.detach()
    attempt.detach()
    expect(events).toEqual(["attach", "detach"])
    const again = new Sink()
    attempt.attach(again)
    write("b")
    request.end()
    request.end()
    expect(events).toEqual(["attach", "detach", "attach"])
    expect(again.written).toEqual(["a", "b", null])
  })

  it("is not held back by an attempt while it is kept", () => {
    const { request, write } = scene()
    const blocked = new Sink()
    blocked.takes = false
    request.forAttempt().attach(blocked)
    expect([write("a"), request.canReplay]).toEqual([true, true])
  })

  it("goes on to the first attempt once it is too long, and is held back by it", () => {
    const { events, heirs, request, write } = scene()
    const [one, two] = [new Sink(), new Sink()]
    const [first, second] = [request.forAttempt(), request.forAttempt()]
    first.attach(one)
    second.attach(two)
    write("x".repeat(70_000))
    expect(heirs).toEqual([first])
    expect([request.canReplay, first.canReplay, request.unsentBytes]).toEqual([false, false, 0])
    second.detach()
    one.takes = false
    expect(write("y")).toBe(false)
    first.upstreamDrained()
    expect(events).toEqual(["attach", "drained"])
    expect([one.all[0].length, two.all[0].length]).toEqual([70_001, 70_000])
  })

  it("keeps nothing once the call has its answer", () => {
    const { heirs, request, write } = scene()
    request.forAttempt().attach(new Sink())
    write("a")
    expect(request.unsentBytes).toBeGreaterThan(0)
    request.stopKeeping()
    write("x".repeat(70_000))
    expect([request.unsentBytes, heirs, request.canReplay]).toEqual([0, [], false])
  })
})
