import { beforeEach, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { echoAll, echoEach } from "./support/handlers.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { sceneForFile } from "./support/scene-hooks.ts"
import { waitFor } from "./support/wait-for.ts"
import type { TestCarrier } from "./support/web-call.ts"
import { callWeb, carriers, openWebCall } from "./support/web-call.ts"

/** Bytes to be sent, and what the backend must see of them. */
const frame = (text: string): Uint8Array => encodeFrame(0, Buffer.from(text))
const threeMessages = Buffer.concat([frame("first"), frame(""), frame("the third")])

const scene = sceneForFile(
  {
    "/test.Echo/All": echoAll,
    "/test.Echo/Each": echoEach,
  },
  { maxRequestMessageBytes: 1_000 },
)

beforeEach(() => expect(scene.bridge.crashes).toEqual([]))

async function sendInChunks(carrier: TestCarrier, chunks: readonly Uint8Array[]): Promise<readonly string[]> {
  const call = await openWebCall(scene.bridge.address, carrier, "/test.Echo/All")
  for (const chunk of chunks) {
    call.write(chunk)
    await nextTurn()
  }
  call.end()
  const { messages, code } = await call.reply()
  call.close()
  expect(code).toBe(Code.Ok)
  return messages
}

describe.each(carriers)("a gRPC-Web request over %s", (carrier) => {
  it("C11: reaches the backend byte for byte wherever its body is cut in two", async () => {
    for (let cut = 1; cut < threeMessages.length; cut++) {
      const chunks = [threeMessages.subarray(0, cut), threeMessages.subarray(cut)]
      expect(await sendInChunks(carrier, chunks)).toEqual(["first", "", "the third"])
    }
  })

  it("C2, C11: reaches the backend byte for byte when it comes one byte at a time", async () => {
    const bytes = Array.from(threeMessages, (_, at) => threeMessages.subarray(at, at + 1))
    expect(await sendInChunks(carrier, bytes)).toEqual(["first", "", "the third"])
  })

  it("C11: may bring three messages in one chunk, an empty one among them", async () => {
    expect(await sendInChunks(carrier, [threeMessages])).toEqual(["first", "", "the third"])
  })

  it("may have no message at all", async () => {
    expect(await sendInChunks(carrier, [])).toEqual([])
  })

  it("is passed on before the next message is sent", async () => {
    const call = await openWebCall(scene.bridge.address, carrier, "/test.Echo/Each")
    let length = 0
    for (const text of ["one", "two", "", "four"]) {
      call.write(frame(text))
      length += 5 + text.length
      await waitFor(() => call.received().length === length)
    }
    call.end()
    expect((await call.reply()).messages).toEqual(["one", "two", "", "four"])
    call.close()
  })

  it("C12: is refused for every flag except 0, and the backend's call ends", async () => {
    const before = scene.backend.calls.length
    for (let flags = 2; flags <= 0xff; flags++) {
      const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", encodeFrame(flags, Buffer.from("x")))
      expect(reply).toMatchObject({ status: 200, code: Code.Internal, reason: "bad-frame", messages: [] })
      expect(reply.message).toContain(`flags ${flags},`)
    }
    for (const call of scene.backend.calls.slice(before)) expect(await call.closed).toBe(8)
  })

  it("C12: may not flag a message as compressed without naming an encoding", async () => {
    const body = encodeFrame(1, Buffer.from("x"))
    for (const fields of [[], ["grpc-encoding", "identity"]]) {
      const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", body, fields)
      expect(reply).toMatchObject({ code: Code.Internal, reason: "unexpected-compression" })
    }
  })

  it("C12: may bring compressed messages in an encoding that the backend gets too", async () => {
    const reply = await callWeb(
      scene.bridge.address,
      carrier,
      "/test.Echo/All",
      encodeFrame(1, Buffer.from("zipped")),
      ["grpc-encoding", "gzip"],
    )
    expect(reply).toMatchObject({ code: Code.Ok, messages: ["zipped"] })
    expect(scene.backend.calls.at(-1)?.field("grpc-encoding")).toBe("gzip")
  })
})
