import { describe, expect, it } from "vitest"
import { dataFrame, Flag, grpcMessage, headersFrame, pingFrame, Type } from "./support/h2-frames.ts"
import { callPage } from "./support/page-call.ts"
import type { RawPeer } from "./support/raw-h2.ts"
import { rawScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"

const payloads = ["before 1", "amidst 1", "behind 1"].map((text) => Buffer.from(text))
const acks = (peer: RawPeer): readonly Uint8Array[] =>
  peer.frames.filter(({ type, flags }) => type === Type.Ping && flags === Flag.Ack).map(({ payload }) => payload)

describe("a backend that sends PING", () => {
  it("gets each answered with its own bytes while the call goes on (gRPC's negative interop tests: ping)", async () => {
    const { backend, bridge } = await rawScene()
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    const [first, second] = [grpcMessage("first"), grpcMessage("second")]
    const head = headersFrame(id, [":status", "200", "content-type", "application/grpc"])
    peer.send(pingFrame(payloads[0]), head, dataFrame(id, first.subarray(0, 7)), pingFrame(payloads[1]))
    await waitFor(() => acks(peer).length === 2)
    peer.send(dataFrame(id, first.subarray(7)), dataFrame(id, second), pingFrame(payloads[2]))
    await waitFor(() => acks(peer).length === 3)
    peer.send(headersFrame(id, ["grpc-status", "0"], true))
    const { code, messages } = await call
    expect(code).toBe(0)
    expect(messages).toHaveLength(2)
    expect(acks(peer)).toEqual(payloads)
  })
})
