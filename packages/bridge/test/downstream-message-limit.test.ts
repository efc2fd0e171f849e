import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import type { WebCall } from "./support/web-call.ts"
import { callWeb, carriers, openWebCall } from "./support/web-call.ts"

let backend: GrpcBackend
let bridge: Bridge

beforeAll(async () => {
  backend = await startGrpcBackend({
    "/test.Echo/All": async (call) => {
      for (const message of await call.all()) call.message(message)
      call.end()
    },
  })
  bridge = await startBridge({ upstream: backend.url, maxRequestMessageBytes: 1_000 })
  await waitFor(() => bridge.cluster.isReachable)
})

afterAll(async () => {
  await expectAllZero(bridge)
  await bridge.close()
  await backend.close()
})

/** The five bytes before a message that never comes. */
function prefix(length: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes.writeUInt32BE(length, 1)
  return bytes
}

describe.each(carriers)("a request message over %s", (carrier) => {
  it("is accepted when it is exactly as long as the limit", async () => {
    const reply = await callWeb(bridge.address, carrier, "/test.Echo/All", encodeFrame(0, Buffer.alloc(1_000, "a")))
    expect(reply).toMatchObject({ code: Code.Ok, messages: ["a".repeat(1_000)] })
  })

  it.each([1_001, 0x7fffffff, 0x80000001, 0xffffffff])(
    "C10: announced with %i bytes is refused at once, before its body comes",
    async (length) => {
      const call = await openWebCall(bridge.address, carrier, "/test.Echo/All")
      call.write(prefix(length))
      const reply = await call.reply()
      expect(reply).toMatchObject({ status: 200, code: Code.ResourceExhausted, reason: "request-too-large" })
      expect(reply.message).toContain(`${length} bytes`)
      expect(reply.message).toContain("at most 1000")
      call.close()
      await waitFor(() => backend.openCalls === 0)
    },
  )

  it("costs no memory for an announced length", async () => {
    const roomy = await startBridge({ upstream: backend.url, maxRequestMessageBytes: 0xffffffff })
    const before = process.memoryUsage()
    const calls: WebCall[] = []
    for (let i = 0; i < 20; i++) {
      const call = await openWebCall(roomy.address, carrier, "/test.Echo/All")
      call.write(prefix(0xfffffff0))
      calls.push(call)
    }
    await waitFor(() => backend.openCalls === 20)
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(20 << 20)
    for (const call of calls) call.close()
    await waitFor(() => backend.openCalls === 0)
    await expectAllZero(roomy)
    await roomy.close()
  })
})
