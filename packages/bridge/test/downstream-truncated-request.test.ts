import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import type { RawBackend } from "./support/raw-h2.ts"
import { H2Code } from "./support/h2-frames.ts"
import { startRawBackend } from "./support/raw-h2.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { callWeb, carriers, openWebCall } from "./support/web-call.ts"

const whole = encodeFrame(0, Buffer.from("whole"))
const body = Buffer.concat([whole, encodeFrame(0, Buffer.from("cut off"))])

let backend: RawBackend
let bridge: Bridge

beforeAll(async () => {
  backend = await startRawBackend()
  bridge = await startBridge({ upstream: backend.url })
  await waitFor(() => bridge.cluster.isReachable)
})

afterAll(async () => {
  await expectAllZero(bridge)
  await bridge.close()
  await backend.close()
})

describe.each(carriers)("a request over %s that is cut", (carrier) => {
  it.each([1, 4, 5, 9, whole.length + 1, body.length - 1])(
    "C13: at byte %i, by its end, is INTERNAL; the backend sees CANCEL and never END_STREAM",
    async (cut) => {
      const peer = await backend.peer(1)
      const opened = peer.opened.length
      const reply = await callWeb(bridge.address, carrier, "/test.Raw/Cut", body.subarray(0, cut))
      expect(reply).toMatchObject({ status: 200, code: Code.Internal, reason: "truncated-request", messages: [] })
      const stream = await peer.stream(opened + 1)
      expect(await peer.reset(stream)).toBe(H2Code.Cancel)
      expect(peer.hasEnded(stream)).toBe(false)
    },
  )

  it.each([whole.length, whole.length + 3])(
    "at byte %i, by the client's leaving, is a CANCEL for the backend and never END_STREAM, at a message's end too",
    async (cut) => {
      const peer = await backend.peer(1)
      const opened = peer.opened.length
      const call = await openWebCall(bridge.address, carrier, "/test.Raw/Cut")
      call.write(body.subarray(0, cut))
      const stream = await peer.stream(opened + 1)
      await waitFor(() => peer.body(stream).length === cut)
      call.close()
      expect(await peer.reset(stream)).toBe(H2Code.Cancel)
      expect(peer.hasEnded(stream)).toBe(false)
      await waitFor(() => bridge.records.at(-1)?.error?.reason === "client-gone")
    },
  )
})

it("has thrown nothing", () => expect(bridge.crashes).toEqual([]))
