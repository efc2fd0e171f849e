import { describe, expect, it } from "vitest"
import { BridgeError } from "../src/core/errors.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { grpcScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"

describe.each(carriers)("the calls that a shutdown ends, over %s", (carrier) => {
  it("include no call that has ended, however it ended", async () => {
    const { backend, bridge } = await grpcScene(async (call) => {
      const [kind] = await call.all()
      if (Buffer.from(kind).toString() === "stays") call.message("one")
      else call.end(Buffer.from(kind).toString() === "fails" ? 5 : 0)
    })
    for (const message of ["succeeds", "fails", "succeeds"]) await callPage(bridge.address, { carrier, message })
    const left = new PageCall(bridge.address, { carrier, message: "stays" })
    await left.received(1)
    left.cancel()
    await waitFor(() => backend.openCalls === 0)
    const open = new PageCall(bridge.address, { carrier, message: "stays" })
    await open.received(1)
    const shutDown = new BridgeError("shut-down", "the test ends")
    expect(bridge.endCalls(shutDown)).toBe(1)
    expect(await open.answer).toMatchObject({ code: 14 })
    expect(bridge.endCalls(shutDown)).toBe(0)
    expect(bridge.gauges().calls).toBe(0)
  })
})
