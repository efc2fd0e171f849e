import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { dataFrame, headersFrame, Type, webRequestFields } from "./support/h2-frames.ts"
import { connectRawClient } from "./support/raw-h2.ts"
import { connectRawHttp1, httpChunk, requestHead } from "./support/raw-http1.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { waitFor } from "./support/wait-for.ts"
import { carriers, openWebCall, readReply } from "./support/web-call.ts"

const path = "/test.Fragments/Count"
const pieces = 20_000
/** The beginning of a message that has more bytes than will come. */
const prefix = Buffer.from(encodeFrame(0, Buffer.alloc(1 << 20))).subarray(0, 5)
const web = ["content-type", "application/grpc-web"]

const scene = sceneForEachTest({
  [path]: async (call) => {
    const { length } = await call.all()
    call.message(String(length))
    call.end()
  },
})

describe("a message that comes byte by byte", () => {
  it("ends its call over HTTP/2 after about a thousand pieces, and its stream soon after", async () => {
    const client = await connectRawClient(scene.bridge.address)
    const one = dataFrame(1, Buffer.of(0))
    client.send(
      headersFrame(1, webRequestFields(path)),
      dataFrame(1, prefix),
      ...Array.from({ length: pieces }, () => one),
    )
    await client.frame(Type.RstStream, 1)
    expect(client.isClosed).toBe(false)
    expect(scene.bridge.records).toMatchObject([{ code: Code.ResourceExhausted, error: { reason: "too-fragmented" } }])
    expect(scene.bridge.records[0].requestBytes).toBeLessThan(1_500)
    client.socket.destroy()
  })

  it("ends its call over HTTP/1.1 after about a thousand pieces, and its connection soon after", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    const one = httpChunk(Buffer.of(0))
    raw.send(requestHead(path, [...web, "transfer-encoding", "chunked"]), httpChunk(prefix))
    raw.send(...Array.from({ length: pieces }, () => one))
    const response = await raw.response()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.ResourceExhausted, reason: "too-fragmented" })
    expect(scene.bridge.records[0].requestBytes).toBeLessThan(1_500)
    await waitFor(() => scene.bridge.gauges().connections === 0)
    raw.destroy()
  })
})

describe.each(carriers)("a stream of small messages over %s", (carrier) => {
  it("does not end the call if each piece is a message, however many there are", async () => {
    const call = await openWebCall(scene.bridge.address, carrier, path)
    const empty = encodeFrame(0, new Uint8Array())
    for (let i = 0; i < pieces; i++) call.write(empty)
    call.end()
    expect(await call.reply()).toMatchObject({ code: Code.Ok, messages: [String(pieces)] })
    call.close()
  })
})
