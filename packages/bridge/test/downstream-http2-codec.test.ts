import { describe, expect, it } from "vitest"
import { encodeFrame } from "@causeway/protocol"
import {
  dataFrame,
  H2Code,
  headersFrame,
  pingFrame,
  resetFrame,
  settingsFrame,
  Setting,
  Type,
  webRequestFields,
  windowUpdateFrame,
} from "./support/h2-frames.ts"
import { neverAnswer, sendReply } from "./support/handlers.ts"
import { connectRawClient, nextTurn } from "./support/raw-h2.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { codec } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const hang = "/test.Own/Hang"
const large = "/test.Own/Large"
const fields = webRequestFields(hang)

const scene = sceneForEachTest({
  [hang]: neverAnswer,
  "/test.Own/Ok": sendReply,
  [large]: (call) => {
    call.message(Buffer.alloc(100_000))
    call.end()
  },
})

describe.runIf(codec === "causeway")("our own HTTP/2 towards clients", () => {
  it("ends a connection with GOAWAY(ENHANCE_YOUR_CALM) after 600 resets in a burst", async () => {
    const client = await connectRawClient(scene.bridge.address)
    for (let id = 1; id < 2_000 && !client.isClosed; id += 2) {
      client.send(headersFrame(id, fields), resetFrame(id, H2Code.Cancel))
      if (id % 100 === 1) await nextTurn()
    }
    const goaway = await client.frame(Type.Goaway, 0)
    expect(goaway.payload.readUInt32BE(4)).toBe(H2Code.EnhanceYourCalm)
    expect(goaway.payload.readUInt32BE(0)).toBeGreaterThanOrEqual(1_199)
    await waitFor(() => client.isClosed && scene.bridge.failures.length === 1)
    expect(scene.bridge.failures).toEqual(["http2-flood"])
  })

  it("refuses streams over the limit with REFUSED_STREAM, and serves the next one when a place is free", async () => {
    const client = await connectRawClient(scene.bridge.address)
    for (let id = 1; id <= 2 * 257; id += 2) client.send(headersFrame(id, fields))
    expect(await client.reset(513)).toBe(H2Code.RefusedStream)
    client.send(resetFrame(1, H2Code.Cancel), headersFrame(515, webRequestFields("/test.Own/Ok"), true))
    await waitFor(() => client.hasEnded(515))
    client.socket.destroy()
  })

  it("sends as much of an answer as the client's window allows, and the rest when the window opens", async () => {
    const client = await connectRawClient(scene.bridge.address, {
      settings: [[Setting.InitialWindowSize, 0]],
      grantsWindow: false,
    })
    client.send(headersFrame(1, webRequestFields(large), true))
    await client.frame(Type.Headers, 1)
    client.send(windowUpdateFrame(1, 1_000))
    await waitFor(() => client.body(1).length === 1_000)
    client.send(settingsFrame([[Setting.InitialWindowSize, 200_000]]), windowUpdateFrame(0, 200_000))
    await waitFor(() => client.hasEnded(1))
    expect(client.body(1).length).toBeGreaterThan(100_000)
    client.socket.destroy()
  })

  it("ends a connection whose request has an id behind a later one", async () => {
    const client = await connectRawClient(scene.bridge.address)
    client.send(headersFrame(5, fields), headersFrame(3, fields))
    const goaway = await client.frame(Type.Goaway, 0)
    expect(goaway.payload).toEqual(Buffer.of(0, 0, 0, 5, 0, 0, 0, H2Code.ProtocolError))
    await waitFor(() => client.isClosed)
  })

  it("ignores trailers and DATA that cross with its reset of their stream", async () => {
    const client = await connectRawClient(scene.bridge.address)
    client.send(
      headersFrame(1, fields),
      windowUpdateFrame(1, 0),
      dataFrame(1, hello),
      headersFrame(1, ["x-a", "1"], true),
    )
    expect(await client.reset(1)).toBe(H2Code.ProtocolError)
    client.send(pingFrame(), headersFrame(3, webRequestFields("/test.Own/Ok"), true))
    await waitFor(() => client.hasEnded(3))
    client.socket.destroy()
  })
})
