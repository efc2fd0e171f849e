import { createHash } from "node:crypto"
import { setImmediate as turn } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { callPage, PageCall } from "./support/page-call.ts"
import { grpcScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"

const messageBytes = 65_536
const messages = 512

describe("a backend that stops reading", () => {
  it.each(carriers)("stops the client, not its neighbours, and gets every byte later (%s)", async (carrier) => {
    let release = (): void => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const received = createHash("sha1")
    let count = 0
    const { backend, bridge } = await grpcScene(async (call) => {
      if (call.field("x-slow") !== null) {
        await released
        for await (const message of call.messages) {
          received.update(message)
          count++
        }
      } else await call.all()
      call.message("done")
      call.end()
    })
    const upload = new PageCall(bridge.address, { carrier, message: null, fields: ["x-slow", "1"] })
    const sent = createHash("sha1")
    for (let number = 0; number < messages; number++) {
      const payload = Buffer.alloc(messageBytes)
      payload.writeUInt32BE(number)
      sent.update(payload)
      upload.send(payload)
    }
    upload.end()
    await waitFor(() => bridge.gauges().stalls === 1)
    for (let i = 0; i < 10; i++) expect(await callPage(bridge.address, { carrier })).toMatchObject({ code: 0 })
    expect(backend.accepted).toBe(1)
    expect(bridge.gauges()).toMatchObject({ streams: 1, stalls: 1 })
    release()
    expect(await upload.answer).toMatchObject({ code: 0, isCut: false })
    expect(count).toBe(messages)
    expect(received.digest("hex")).toBe(sent.digest("hex"))
    expect(bridge.records.at(-1)?.requestBytes).toBe(messages * (messageBytes + 5))
  })

  it("for longer than the stall timeout: UNAVAILABLE, and its stream is reset without an end", async () => {
    const { backend, bridge } = await grpcScene(() => {}, { stallTimeoutMs: 300 })
    const upload = new PageCall(bridge.address, { carrier: "http2", message: null })
    for (let number = 0; number < 20; number++) upload.send(Buffer.alloc(messageBytes))
    await turn()
    expect(await upload.answer).toMatchObject({ code: 14, reason: "slow-backend" })
    expect(await backend.calls[0].closed).toBe(8)
    expect(backend.calls[0].stream.readableEnded).toBe(false)
  })
})
