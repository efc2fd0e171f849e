import { describe, expect, it } from "vitest"
import { encodeFrame } from "@causeway/protocol"
import type { BackendHandler } from "./support/grpc-backend.ts"
import { grpcScene } from "./support/scene.ts"
import { callWeb, carriers } from "./support/web-call.ts"

const path = "/test.Service/Method"
const hello = encodeFrame(0, Buffer.from("hello"))
const answer: BackendHandler = (call) => call.end()
const claimed = ["x-forwarded-for", "8.8.8.8, 198.51.100.1", "X-Forwarded-For", "10.1.1.1", "forwarded", "for=8.8.8.8"]

describe.each(carriers)("the client's address over %s", (carrier) => {
  it("is the connection's by default, and the backend gets no address", async () => {
    const { backend, bridge } = await grpcScene(answer)
    await callWeb(bridge.address, carrier, path, hello, claimed)
    expect(bridge.records.at(-1)?.clientAddress).toBe("127.0.0.1")
    for (const name of ["x-forwarded-for", "forwarded"]) expect(backend.calls[0].field(name), name).toBeNull()
  })

  it("is read from a trusted proxy's fields, for the record and the backend, even from several fields", async () => {
    const { backend, bridge } = await grpcScene(answer, { trustedProxies: ["loopback", "10.0.0.0/8"] })
    await callWeb(bridge.address, carrier, path, hello, claimed)
    expect(bridge.records.at(-1)?.clientAddress).toBe("198.51.100.1")
    expect(backend.calls[0].field("x-forwarded-for")).toBe("198.51.100.1, 10.1.1.1, 127.0.0.1")
    expect(backend.calls[0].field("forwarded")).toBeNull()
  })

  it("is the connection's with the word none, and the backend gets it", async () => {
    const { backend, bridge } = await grpcScene(answer, { trustedProxies: ["none"] })
    await callWeb(bridge.address, carrier, path, hello, claimed)
    expect(bridge.records.at(-1)?.clientAddress).toBe("127.0.0.1")
    expect(backend.calls[0].field("x-forwarded-for")).toBe("127.0.0.1")
  })

  it("is known for a refused request too", async () => {
    const { bridge } = await grpcScene(answer, { trustedProxies: ["loopback"] })
    const fields = ["x-forwarded-for", "198.51.100.1", "origin", "https://stranger.example"]
    expect((await callWeb(bridge.address, carrier, path, hello, fields)).status).toBe(403)
    expect(bridge.records.at(-1)).toMatchObject({ clientAddress: "198.51.100.1", error: { reason: "origin-refused" } })
  })
})
