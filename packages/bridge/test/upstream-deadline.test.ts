import { parseTimeout } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { dataFrame, grpcMessage, H2Code, headersFrame } from "./support/h2-frames.ts"
import { holdIn } from "./support/handlers.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { grpcScene, rawScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"
import { carriers } from "./support/web-call.ts"

const head = headersFrame(1, [":status", "200", "content-type", "application/grpc"])

describe("the deadline of a call", () => {
  it.each(carriers)(
    "ends a call whose backend is silent, with 4, and resets the backend (C43, %s)",
    async (carrier) => {
      const { backend, bridge } = await rawScene()
      const since = performance.now()
      const call = callPage(bridge.address, { carrier, fields: ["grpc-timeout", "400m"] })
      const answer = await call
      const tookMs = performance.now() - since
      expect(answer).toMatchObject({ httpStatus: 200, code: 4, reason: "deadline-exceeded" })
      expect(decodeURIComponent(answer.message)).toContain("400 ms")
      expect(tookMs).toBeGreaterThanOrEqual(399)
      expect(await (await backend.peer(1)).reset(1)).toBe(H2Code.Cancel)
      expect(bridge.records[0]).toMatchObject({ code: 4, isAnswered: false })
    },
  )

  it.each(carriers)("ends a stream between its messages with a readable status (%s)", async (carrier) => {
    const { backend, bridge } = await rawScene()
    const call = new PageCall(bridge.address, { carrier, fields: ["grpc-timeout", "600m"] })
    const peer = await backend.peer(1)
    await peer.stream(1)
    peer.send(head, dataFrame(1, Buffer.concat([grpcMessage("1"), grpcMessage("2").subarray(0, 5)])))
    const answer = await call.answer
    expect(answer).toMatchObject({ code: 4, isCut: false, openBytes: 0 })
    expect(answer.messages.map(String)).toEqual(["1"])
    expect(await peer.reset(1)).toBe(H2Code.Cancel)
  })

  it.each(carriers)("inside a large message breaks the transfer: never a success (%s)", async (carrier) => {
    const { backend, bridge } = await rawScene()
    const call = new PageCall(bridge.address, { carrier, fields: ["grpc-timeout", "600m"] })
    const peer = await backend.peer(1)
    await peer.stream(1)
    const half = grpcMessage(Buffer.alloc(100_000)).subarray(0, 80_000)
    peer.send(head)
    for (let at = 0; at < half.length; at += 16_384) peer.send(dataFrame(1, half.subarray(at, at + 16_384)))
    expect(await call.answer).toMatchObject({ code: null, isCut: true, messages: [] })
    expect(bridge.records[0]).toMatchObject({ code: 4 })
  })

  it.each(["0n", "0m", "0H", "1n", "00000000S"])(
    "that has passed on arrival (%s) is 4 at once: nothing is sent (C46)",
    async (timeout) => {
      const { backend, bridge } = await rawScene()
      expect(await callPage(bridge.address, { fields: ["grpc-timeout", timeout] })).toMatchObject({ code: 4 })
      const peer = await backend.peer(1)
      await waitFor(() => bridge.cluster.isReachable)
      expect(peer.opened).toEqual([])
      expect(bridge.records[0].attempts).toBe(0)
    },
  )

  it.each(["90S", "90500m", "99999999H", "99999999u", "95000000u", "2M", "1H"])(
    "is told to the backend as the time that remains, well formed: %s",
    async (timeout) => {
      const { backend, bridge } = await grpcScene((call) => {
        call.message("m")
        call.end()
      })
      expect(await callPage(bridge.address, { fields: ["grpc-timeout", timeout] })).toMatchObject({ code: 0 })
      const told = backend.calls[0].field("grpc-timeout") ?? ""
      expect(told).toMatch(/^[1-9]\d{0,7}[HMSmun]$/)
      const toldMs = parseTimeout(told) ?? 0
      const askedMs = parseTimeout(timeout) ?? 0
      expect(toldMs).toBeLessThanOrEqual(askedMs)
      // The difference is the time that the call may have waited on a busy machine.
      expect(toldMs).toBeGreaterThan(Math.min(askedMs * 0.99, askedMs - 60_000))
    },
  )

  it("that is not set is not invented: the backend gets none (C41)", async () => {
    const { backend, bridge } = await grpcScene((call) => {
      call.message("m")
      call.end()
    })
    await callPage(bridge.address)
    expect(backend.calls[0].field("grpc-timeout")).toBeNull()
  })

  it("is less for a call that has waited in the queue", async () => {
    const held: (() => void)[] = []
    const { backend, bridge } = await grpcScene(holdIn(held), { maxSessions: 1, backend: { maxConcurrentStreams: 1 } })
    const first = callPage(bridge.address)
    await waitFor(() => held.length === 1)
    const second = callPage(bridge.address, { fields: ["grpc-timeout", "60S"] })
    await waitFor(() => bridge.gauges().queued === 1)
    const since = performance.now()
    await waitFor(() => performance.now() - since > 100)
    held[0]()
    await waitFor(() => held.length === 2)
    held[1]()
    expect([(await first).code, (await second).code]).toEqual([0, 0])
    expect(parseTimeout(backend.calls[1].field("grpc-timeout") ?? "")).toBeLessThan(59_900)
  })

  it("that the backend enforces itself ends with the backend's status", async () => {
    const { bridge } = await grpcScene((call) => call.statusOnly(4, "too slow"))
    const answer = await callPage(bridge.address, { fields: ["grpc-timeout", "10S"] })
    expect(answer).toMatchObject({ code: 4, message: "too slow", reason: null })
  })
})
