import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { createBridge } from "../src/bridge.ts"
import type { Bridge } from "../src/bridge.ts"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { waitFor } from "./support/wait-for.ts"
import { carriers, openWebCall } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const each = "/test.Drain/Each"
const silentLog = { debug() {}, info() {}, warn() {}, error() {} }

let backend: GrpcBackend
let bridge: Bridge
let begun: number

beforeEach(async () => {
  begun = 0
  backend = await startGrpcBackend({
    [each]: async (call) => {
      begun++
      for await (const message of call.messages) call.message(message)
    },
  })
  const parts = { listen: "127.0.0.1:0", admin: null, accessLog: "off", upstream: backend.url } as const
  bridge = await createBridge(parts, { log: silentLog })
})

afterEach(async () => {
  await bridge.close(0)
  await backend.close()
})

/** Unlike `draining`, which means that the call reached no backend. */
describe.each(carriers)("a bridge whose grace time is over, over %s", (carrier) => {
  it("reports to a call whose answer has begun that it was cut", async () => {
    const call = await openWebCall(bridge.address, carrier, each)
    call.write(hello)
    await waitFor(() => call.received().length === hello.length)
    const closed = bridge.close(0)
    expect(await call.reply()).toMatchObject({ code: Code.Unavailable, reason: "shut-down", messages: ["hello"] })
    await closed
  })

  it("reports the same to a call that the backend has not answered", async () => {
    const call = await openWebCall(bridge.address, carrier, each)
    call.write(hello.subarray(0, 5))
    await waitFor(() => begun === 1)
    const closed = bridge.close(0)
    expect(await call.reply()).toMatchObject({ code: Code.Unavailable, reason: "shut-down", messages: [] })
    await closed
  })
})
