import { constants, connect } from "node:http2"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import {
  H2Code,
  headersFrame,
  resetFrame,
  Setting,
  settingsFrame,
  Type,
  webRequestFields,
  windowUpdateFrame,
} from "./support/h2-frames.ts"
import { neverAnswer, sendReply } from "./support/handlers.ts"
import { connectRawClient, nextTurn } from "./support/raw-h2.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { waitFor } from "./support/wait-for.ts"
import { openHttp2WebCall } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const mebibyte = 1_048_576
const web = ["content-type", "application/grpc-web"]
const large = "/test.Memory/Large"

const scene = sceneForEachTest({
  [large]: (call) => {
    call.message(Buffer.alloc(mebibyte))
    call.end()
  },
  "/test.Memory/Held": neverAnswer, // never reads
  "/test.Memory/Small": sendReply,
})

/** Bytes outside the heap that are still referenced. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  collect()
  collect()
  return process.memoryUsage().arrayBuffers
}

describe("replies of 1 MiB that one connection cancels", () => {
  it("do not use the connection up: 300 of them, then a call that is answered", async () => {
    const session = connect(scene.bridge.address)
    let heldAfterHalf = 0
    for (let i = 0; i < 300; i++) {
      const call = openHttp2WebCall(session, large, web)
      call.pause()
      call.end(hello)
      await call.head()
      call.cancel()
      await waitFor(() => scene.bridge.records.length === i + 1)
      if (i === 150) heldAfterHalf = heldBytes()
    }
    const last = openHttp2WebCall(session, "/test.Memory/Small", web)
    last.end(hello)
    expect(await last.reply()).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    expect(session.destroyed).toBe(false)
    await waitFor(() => scene.bridge.records.length === 301 && scene.bridge.gauges().streams === 0)
    expect(heldBytes() - heldAfterHalf).toBeLessThan(32 * mebibyte)
    expect(scene.bridge.failures).toEqual([])
    session.destroy()
  }, 60_000)

  it("do not use it up when the reader had stalled: 300 of them", async () => {
    const client = await connectRawClient(scene.bridge.address, {
      settings: [[Setting.InitialWindowSize, 0]],
      grantsWindow: false,
    })
    client.send(windowUpdateFrame(0, 0x7fff0000))
    let id = 1
    for (let i = 0; i < 300; i++, id += 2) {
      client.send(headersFrame(id, webRequestFields(large), true))
      await client.frame(Type.Headers, id)
      for (let turn = 0; turn < 3; turn++) await nextTurn() // the reply waits in the bridge
      client.send(resetFrame(id, constants.NGHTTP2_CANCEL))
    }
    client.send(settingsFrame([[Setting.InitialWindowSize, 65_535]]))
    client.send(headersFrame(id, webRequestFields("/test.Memory/Small"), true))
    await waitFor(() => client.hasEnded(id))
    const refused = client.frames.filter(
      ({ type, payload }) => type === Type.RstStream && payload.readUInt32BE(0) === H2Code.EnhanceYourCalm,
    )
    expect(refused).toEqual([])
    expect(client.frames.some(({ type }) => type === Type.Goaway)).toBe(false)
    client.socket.destroy()
  }, 60_000)
})

describe("the window of an HTTP/2 connection", () => {
  it("is 1 MiB", async () => {
    const client = await connectRawClient(scene.bridge.address)
    const update = await client.frame(Type.WindowUpdate, 0)
    expect(65_535 + update.payload.readUInt32BE(0)).toBe(mebibyte)
    client.socket.destroy()
  })

  it("lets an upload go on beside one that is held back", async () => {
    const session = connect(scene.bridge.address)
    const held = openHttp2WebCall(session, "/test.Memory/Held", web)
    const message = Buffer.from(encodeFrame(0, Buffer.alloc(2 * mebibyte)))
    held.write(message)
    await waitFor(() => scene.backend.calls.length === 1)
    const other = openHttp2WebCall(session, "/test.Memory/Small", web)
    other.end(message)
    expect(await other.reply()).toMatchObject({ code: Code.Ok })
    held.cancel()
    session.destroy()
  })
})
