import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { cut, setUpReading } from "../../test/resumable-setup.ts"
import type { PageEvent } from "../lifecycle/page-signals.ts"
import { RpcError } from "../rpc-error.ts"
import { settle } from "../testing/held-clock.ts"

/** UNAVAILABLE with what the server says of trying again. */
const pushedBack = (value: string, code: Code = Code.Unavailable): RpcError =>
  new RpcError("overloaded", code, { source: "server", metadata: { "grpc-retry-pushback-ms": value } })

describe("what the server says of trying again (gRFC A6, grpc-retry-pushback-ms)", () => {
  it("is the wait, and then the back-off begins anew", async () => {
    const { call, clock, states, stream } = await setUpReading()
    for (const error of [cut, cut, pushedBack("90000"), cut]) {
      await call().end(error)
      await clock.advance(90_000)
    }
    const waits = states.filter((state) => state.startsWith("waiting"))
    expect(waits).toEqual(["waiting 500", "waiting 1000", "waiting 90000", "waiting 500"])
    expect(stream.state).toMatchObject({ kind: "connecting", attempt: 5 })
  })

  it("may be: at once", async () => {
    const { call, calls, clock } = await setUpReading()
    await call().end(pushedBack("0"))
    await clock.advance(0)
    expect(calls).toHaveLength(2)
  })

  it.each(["-1", "soon", "1e3", "", "2147483648"])("is no when it is %j, whatever shouldResume says", async (value) => {
    const error = pushedBack(value)
    const { call, calls, clock, stream } = await setUpReading({ shouldResume: () => true })
    await call().end(error)
    await clock.advance(60_000)
    expect(stream.state).toEqual({ kind: "closed", error })
    expect(calls).toHaveLength(1)
  })

  it("is nothing to go by after an error that is not tried again", async () => {
    const { call, received } = await setUpReading()
    await call().end(pushedBack("100", Code.PermissionDenied))
    expect(received).toEqual(["PermissionDenied"])
  })

  it("does not keep restart from giving another request, for which it says how long to wait", async () => {
    const { call, calls, states } = await setUpReading({ restart: () => ({ after: "restarted" }) })
    await call().end(pushedBack("-1", Code.OutOfRange))
    expect(calls[1].request.after).toBe("restarted")
    await call().send("1")
    await call().end(pushedBack("2000", Code.OutOfRange))
    expect(states.at(-1)).toBe("waiting 2000")
  })

  it("is waited for also when the page becomes visible, and not when a person asks", async () => {
    let tell = (_event: PageEvent): void => {}
    const lifecycle = {
      isSuspended: false,
      subscribe: (listener: typeof tell) => ((tell = listener), () => {}),
    }
    const { call, calls, stream } = await setUpReading({ lifecycle })
    await call().end(pushedBack("90000"))
    tell("wake")
    await settle()
    expect(calls).toHaveLength(1)
    stream.reconnectNow()
    await settle()
    expect(calls).toHaveLength(2)
    await call().end(cut)
    tell("wake")
    await settle()
    expect(calls).toHaveLength(3)
  })
})
