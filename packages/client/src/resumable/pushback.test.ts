import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { cut, setUpReading } from "../../test/resumable-setup.ts"
import type { PageEvent } from "../lifecycle/page-signals.ts"
import { RpcError } from "../rpc-error.ts"
import { settle } from "../testing/held-clock.ts"

/** UNAVAILABLE with a pushback. */
const pushedBack = (value: string, code: Code = Code.Unavailable): RpcError =>
  new RpcError("overloaded", code, { source: "server", metadata: { "grpc-retry-pushback-ms": value } })

describe("a pushback from the server (gRFC A6, grpc-retry-pushback-ms)", () => {
  it("is the length of the wait, and resets the back-off", async () => {
    const { call, clock, states, stream } = await setUpReading()
    for (const error of [cut, cut, pushedBack("90000"), cut]) {
      await call().end(error)
      await clock.advance(90_000)
    }
    const waits = states.filter((state) => state.startsWith("waiting"))
    expect(waits).toEqual(["waiting 500", "waiting 1000", "waiting 90000", "waiting 500"])
    expect(stream.state).toMatchObject({ kind: "connecting", attempt: 5 })
  })

  it("may be zero: no wait", async () => {
    const { call, calls, clock } = await setUpReading()
    await call().end(pushedBack("0"))
    await clock.advance(0)
    expect(calls).toHaveLength(2)
  })

  it.each(["-1", "soon", "1e3", "", "2147483648"])(
    "of %j forbids a retry, whatever shouldResume says",
    async (value) => {
      const error = pushedBack(value)
      const { call, calls, clock, stream } = await setUpReading({ shouldResume: () => true })
      await call().end(error)
      await clock.advance(60_000)
      expect(stream.state).toEqual({ kind: "closed", error })
      expect(calls).toHaveLength(1)
    },
  )

  it("is ignored after an error that is not retried", async () => {
    const { call, received } = await setUpReading()
    await call().end(pushedBack("100", Code.PermissionDenied))
    expect(received).toEqual(["PermissionDenied"])
  })

  it("does not prevent a restart, and is the wait before it", async () => {
    const { call, calls, states } = await setUpReading({ restart: () => ({ after: "restarted" }) })
    await call().end(pushedBack("-1", Code.OutOfRange))
    expect(calls[1].request.after).toBe("restarted")
    await call().send("1")
    await call().end(pushedBack("2000", Code.OutOfRange))
    expect(states.at(-1)).toBe("waiting 2000")
  })

  it("is not cut short when the page becomes visible, but is by reconnectNow", async () => {
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
