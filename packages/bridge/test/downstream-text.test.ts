import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { echoEach } from "./support/handlers.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { valueOf } from "./support/raw-http1.ts"
import { sceneForFile } from "./support/scene-hooks.ts"
import { waitFor } from "./support/wait-for.ts"
import { callWeb, carriers, openWebCall } from "./support/web-call.ts"

const text = ["content-type", "application/grpc-web-text+proto"]
const base64 = (bytes: Uint8Array): Buffer => Buffer.from(Buffer.from(bytes).toString("base64"))
const frame = (payload: string): Uint8Array => encodeFrame(0, Buffer.from(payload))

const scene = sceneForFile({
  "/test.Echo/All": async (call) => {
    for (const message of await call.all()) call.message(message)
    call.end(0, "", ["x-late-bin", "AAEC"])
  },
  "/test.Echo/Each": echoEach,
})

describe.each(carriers)("gRPC-Web text over %s", (carrier) => {
  it("C1: accepts a request of two segments, the first padded, in one chunk", async () => {
    const body = Buffer.concat([base64(frame("ab")), base64(frame("c"))])
    expect(body.toString()).toMatch(/=[A-Za-z0-9+/]/)
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", body, text)
    expect(reply).toMatchObject({ code: Code.Ok, messages: ["ab", "c"] })
  })

  it("C2: accepts a request that comes one byte at a time", async () => {
    const body = Buffer.concat([base64(frame("a")), base64(frame("")), base64(frame("three"))])
    const call = await openWebCall(scene.bridge.address, carrier, "/test.Echo/All", text)
    for (const byte of body) {
      call.write(Buffer.of(byte))
      await nextTurn()
    }
    call.end()
    expect(await call.reply()).toMatchObject({ code: Code.Ok, messages: ["a", "", "three"] })
    call.close()
  })

  it.each([
    ["an asterisk", "AAAA*AAA"],
    ["a line break", "AAAA\nAAAA"],
    ["padding at the beginning", "=AAA"],
    ["a lone character at the end", `${base64(frame("a")).toString()}A`],
  ])("C3: refuses %s as INTERNAL, and the backend gets no end", async (_what, body) => {
    const before = scene.backend.calls.length
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", Buffer.from(body), text)
    expect(reply).toMatchObject({ status: 200, code: Code.Internal, reason: "bad-base64", messages: [] })
    for (const call of scene.backend.calls.slice(before)) expect(await call.closed).toBe(8)
  })

  it("C13: refuses base64 that is cut inside a message", async () => {
    const body = base64(frame("cut off").subarray(0, 9))
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", body, text)
    expect(reply).toMatchObject({ code: Code.Internal, reason: "truncated-request" })
  })

  it("C4: accepts 10 MiB in many messages", async () => {
    const body = base64(Buffer.concat(Array.from({ length: 10 }, () => encodeFrame(0, Buffer.alloc(1 << 20, "x")))))
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", body, text)
    expect(reply.code).toBe(Code.Ok)
    expect(reply.messages.map((message) => message.length)).toEqual(Array.from({ length: 10 }, () => 1 << 20))
  })

  it("C5: gives each message as a padded segment of its own, before the next is sent", async () => {
    const call = await openWebCall(scene.bridge.address, carrier, "/test.Echo/Each", text)
    let seen = 0
    for (let size = 0; size <= 7; size++) {
      const message = frame("m".repeat(size))
      call.write(base64(message))
      const segment = base64(message)
      await waitFor(() => call.received().length >= seen + segment.length)
      expect(call.received().subarray(seen)).toEqual(segment)
      seen += segment.length
    }
    call.end()
    expect((await call.reply()).code).toBe(Code.Ok)
    call.close()
  })

  it("C7: is application/grpc for the backend, with binary bytes", async () => {
    const fields = ["content-type", "application/grpc-web-text"]
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", base64(frame("x")), fields)
    expect(reply).toMatchObject({ code: Code.Ok, messages: ["x"] })
    expect(scene.backend.calls.at(-1)?.field("content-type")).toBe("application/grpc")
  })

  it("C26: leaves a binary trailer in base64 within the frame, without another layer", async () => {
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", base64(frame("x")), text)
    expect(valueOf(reply.trailers ?? [], "x-late-bin")).toBe("AAEC")
  })

  const [binary, textual] = ["application/grpc-web", "application/grpc-web-text"]
  it.each([
    [binary, null, binary],
    [binary, "*/*", binary],
    [binary, textual, textual],
    [binary, `${textual}+proto`, textual],
    [binary, "application/json", binary],
    [binary, `${binary};q=0.5, ${textual};q=0.9`, textual],
    [binary, `${textual};q=0, ${binary}`, binary],
    [textual, null, textual],
    [textual, "*/*", textual],
    [textual, binary, binary],
    [textual, `${textual};q=0.2, ${binary};q=0.1`, textual],
  ])("C8: answers %s with Accept %s as %s", async (type, accept, expected) => {
    const body = type === textual ? base64(frame("m")) : frame("m")
    const fields = ["content-type", `${type}+proto`, ...(accept === null ? [] : ["accept", accept])]
    const reply = await callWeb(scene.bridge.address, carrier, "/test.Echo/All", body, fields)
    expect(valueOf(reply.fields, "content-type")).toBe(`${expected}+proto`)
    expect(reply).toMatchObject({ code: Code.Ok, messages: ["m"] })
  })
})
