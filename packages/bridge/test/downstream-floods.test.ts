import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { encodeFrame } from "@causeway/protocol"
import {
  dataFrame,
  frame,
  headersFrame,
  pingFrame,
  settingsFrame,
  Type,
  webRequestFields,
  windowUpdateFrame,
} from "./support/h2-frames.ts"
import { echoEach } from "./support/handlers.ts"
import { connectRawClient, nextTurn } from "./support/raw-h2.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { waitFor } from "./support/wait-for.ts"
import type { WebCall } from "./support/web-call.ts"
import { openWebCall } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const hang = "/test.Flood/Hang"
const fields = webRequestFields(hang)
const repeats = 20_000

let neighbour: WebCall
let mostOpen: number

const scene = sceneForEachTest({
  [hang]: () => void (mostOpen = Math.max(mostOpen, scene.backend.openCalls)),
  "/test.Flood/Each": echoEach,
})

beforeEach(async () => {
  mostOpen = 0
  neighbour = await openWebCall(scene.bridge.address, "http2", "/test.Flood/Each")
  neighbour.write(hello)
  await waitFor(() => neighbour.received().length === hello.length)
})

afterEach(async () => {
  neighbour.write(hello)
  neighbour.end()
  expect((await neighbour.reply()).messages).toEqual(["hello", "hello"])
  neighbour.close()
})

describe("a flood of", () => {
  it.each([
    ["PING", pingFrame()],
    ["SETTINGS", settingsFrame()],
    ["empty DATA", dataFrame(1, Buffer.alloc(0))],
    ["PRIORITY", frame(Type.Priority, 0, 1, Buffer.alloc(5))],
    ["CONTINUATION", frame(Type.Continuation, 0, 3)],
    ["headers with empty names", headersFrame(3, ["", ""])],
    ["frames of an unknown type", frame(0xfe, 0, 0, Buffer.alloc(1))],
  ])("%s ends its own connection, or nothing, and harms no neighbour", async (what, one) => {
    const client = await connectRawClient(scene.bridge.address, { settings: [], answersPings: false })
    client.send(headersFrame(1, fields))
    if (what === "CONTINUATION") client.send(frame(Type.Headers, 0, 3))
    client.send(...Array.from({ length: repeats }, () => one))
    if (what !== "frames of an unknown type") await waitFor(() => client.isClosed)
    await waitFor(() => scene.bridge.failures.length === (client.isClosed ? 1 : 0)) // reported once
    client.socket.destroy()
    await waitFor(() => scene.backend.openCalls === 1)
  })
})

describe("CVE-2025-8671: a client that makes the bridge reset its streams", () => {
  it.each([
    ["a WINDOW_UPDATE of nothing", (id: number) => windowUpdateFrame(id, 0)],
    ["a window that overflows", (id: number) => windowUpdateFrame(id, 0x7fffffff)],
    ["DATA after the end", (id: number) => Buffer.concat([dataFrame(id, hello, true), dataFrame(id, hello)])],
    ["a PRIORITY of the wrong length", (id: number) => frame(Type.Priority, 0, id, Buffer.alloc(4))],
  ])("by %s has no more open calls at the backend than allowed streams", async (_what, offence) => {
    const client = await connectRawClient(scene.bridge.address)
    for (let id = 1; id < 2_000 && !client.isClosed; id += 2) {
      client.send(headersFrame(id, fields), offence(id))
      if (id % 100 === 1) await nextTurn()
    }
    await waitFor(() => client.isClosed || scene.backend.openCalls <= 257)
    expect(mostOpen).toBeLessThanOrEqual(257)
    client.socket.destroy()
    await waitFor(() => scene.backend.openCalls === 1)
  })
})
