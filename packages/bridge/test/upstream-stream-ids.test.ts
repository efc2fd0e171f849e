import type { ClientHttp2Session, connect } from "node:http2"
import { describe, expect, it, vi } from "vitest"
import { FlushTurn } from "../src/core/flush-turn.ts"
import { connectByCodec } from "../src/upstream/http2-codec/connection.ts"
import { callPage } from "./support/page-call.ts"
import { grpcScene } from "./support/scene.ts"
import { codec } from "./support/start-bridge.ts"

// Each of the bridge's sessions has only its last three stream ids left.
vi.mock(import("node:http2"), async (importOriginal) => {
  const http2 = await importOriginal()
  const connectNearTheEnd = (...args: Parameters<typeof connect>): ClientHttp2Session => {
    // The type declarations leave this method out.
    const session = http2.connect(...args) as ClientHttp2Session & { setNextStreamID(id: number): void }
    return session.once("connect", () => session.setNextStreamID(2 ** 31 - 5))
  }
  return { ...http2, connect: connectNearTheEnd as typeof connect }
})

describe("a session whose stream ids are used up (RFC 9113 §5.1.1)", () => {
  it.skipIf(codec === "causeway")("is replaced by another, unseen by the page", async () => {
    const { backend, bridge } = await grpcScene(async (call) => {
      await call.all()
      call.message("m")
      call.end()
    })
    for (let i = 0; i < 10; i++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(backend.accepted).toBe(4)
    expect(bridge.records.map((record) => record.attempts)).toEqual([1, 1, 1, 2, 1, 1, 2, 1, 1, 2])
  })

  it.runIf(codec === "causeway")("is replaced by another before a call needs it, with our own codec", async () => {
    const { backend, bridge } = await grpcScene(
      async (call) => {
        await call.all()
        call.message("m")
        call.end()
      },
      { connect: connectByCodec(new FlushTurn(), 2 ** 31 - 5) },
    )
    for (let i = 0; i < 10; i++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(backend.accepted).toBe(4)
    expect(bridge.records.map((record) => record.attempts)).toEqual(Array.from({ length: 10 }, () => 1))
  })
})
