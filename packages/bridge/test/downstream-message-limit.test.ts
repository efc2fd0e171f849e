import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { echoAll } from "./support/handlers.ts"
import { sceneForFile } from "./support/scene-hooks.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import type { WebCall } from "./support/web-call.ts"
import { callWeb, carriers, openWebCall } from "./support/web-call.ts"

const scene = sceneForFile({ "/test.Echo/All": echoAll }, { maxRequestMessageBytes: 1_000 })

/** The five bytes before a message that never comes. */
function prefix(length: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes.writeUInt32BE(length, 1)
  return bytes
}

describe.each(carriers)("a request message over %s", (carrier) => {
  it("is accepted when it is exactly as long as the limit", async () => {
    const reply = await callWeb(
      scene.bridge.address,
      carrier,
      "/test.Echo/All",
      encodeFrame(0, Buffer.alloc(1_000, "a")),
    )
    expect(reply).toMatchObject({ code: Code.Ok, messages: ["a".repeat(1_000)] })
  })

  it.each([1_001, 0x7fffffff, 0x80000001, 0xffffffff])(
    "C10: announced with %i bytes is refused at once, before its body comes",
    async (length) => {
      const call = await openWebCall(scene.bridge.address, carrier, "/test.Echo/All")
      call.write(prefix(length))
      const reply = await call.reply()
      expect(reply).toMatchObject({ status: 200, code: Code.ResourceExhausted, reason: "request-too-large" })
      expect(reply.message).toContain(`${length} bytes`)
      expect(reply.message).toContain("at most 1000")
      call.close()
      await waitFor(() => scene.backend.openCalls === 0)
    },
  )

  it("costs no memory for an announced length", async () => {
    const roomy = await startBridge({ upstream: scene.backend.url, maxRequestMessageBytes: 0xffffffff })
    const before = process.memoryUsage()
    const calls: WebCall[] = []
    for (let i = 0; i < 20; i++) {
      const call = await openWebCall(roomy.address, carrier, "/test.Echo/All")
      call.write(prefix(0xfffffff0))
      calls.push(call)
    }
    await waitFor(() => scene.backend.openCalls === 20)
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(20 << 20)
    for (const call of calls) call.close()
    await waitFor(() => scene.backend.openCalls === 0)
    await expectAllZero(roomy)
    await roomy.close()
  })
})
