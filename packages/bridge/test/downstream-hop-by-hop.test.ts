import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { sendReply, stayOpen } from "./support/handlers.ts"
import type { Http1Response } from "./support/raw-http1.ts"
import { connectRawHttp1, requestHead } from "./support/raw-http1.ts"
import { sceneForFile } from "./support/scene-hooks.ts"
import type { WebCall } from "./support/web-call.ts"
import { callWeb, openWebCall, readReply } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const path = "/test.Hop/Ok"
const web = ["content-type", "application/grpc-web+proto", "content-length", String(hello.length)]

/** A stream on the one upstream session, open during all tests: no request may harm it. */
let neighbour: WebCall

const scene = sceneForFile({ [path]: sendReply, "/test.Hop/Stay": stayOpen }, { maxSessions: 1 })

beforeAll(async () => {
  neighbour = await openWebCall(scene.bridge.address, "http2", "/test.Hop/Stay")
  neighbour.end(hello)
  await neighbour.head()
})

afterAll(async () => {
  expect(neighbour.isCut).toBe(false)
  expect(scene.backend.accepted).toBe(1)
  neighbour.close()
})

/** Sends these bytes as a request. Returns the answer. */
async function sendHttp1(...parts: readonly (string | Uint8Array)[]): Promise<Http1Response> {
  const raw = await connectRawHttp1(scene.bridge.address)
  raw.send(...parts)
  const response = await raw.response()
  raw.destroy()
  return response
}

describe("hop-by-hop fields over HTTP/1.1", () => {
  it.each([
    ["connection", "keep-alive"],
    ["keep-alive", "timeout=5"],
    ["proxy-connection", "keep-alive"],
    ["te", "gzip"],
    ["trailer", "x-later"],
    ["http2-settings", "AAMAAABkAAQAAP__"],
    ["upgrade", "h2c"],
    ["proxy-authorization", "Basic eA=="],
    ["expect", "100-continue"],
  ])("C32: %s costs one backend request without it, and no session", async (name, value) => {
    const before = scene.backend.calls.length
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(path, [...web, name, value, "x-kept", "1"]), hello)
    const response = await raw.response()
    raw.destroy()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    expect(scene.backend.calls.length).toBe(before + 1)
    const call = scene.backend.calls[before]
    expect(call.field(name)).toBe(name === "te" ? "trailers" : null)
    expect(call.field("x-kept")).toBe("1")
  })

  it("transfer-encoding and content-length are for this hop only", async () => {
    const reply = await callWeb(scene.bridge.address, "http1", path, hello, [
      "connection",
      "close, x-secret",
      "x-secret",
      "1",
    ])
    expect(reply.code).toBe(Code.Ok)
    for (const name of ["transfer-encoding", "content-length", "connection", "x-secret", "host"]) {
      expect(scene.backend.calls.at(-1)?.field(name), name).toBeNull()
    }
  })

  it("C30, C31: the backend gets te: trailers and no length", async () => {
    await sendHttp1(requestHead(path, web), hello)
    expect(scene.backend.calls.at(-1)?.field("te")).toBe("trailers")
    expect(scene.backend.calls.at(-1)?.field("content-length")).toBeNull()
  })

  it("an upgrade to h2c is ignored, and the request is answered", async () => {
    const response = await sendHttp1(
      requestHead(path, [
        ...web,
        "Connection",
        "Upgrade, HTTP2-Settings",
        "Upgrade",
        "h2c",
        "HTTP2-Settings",
        "AAMAAABk",
      ]),
      hello,
    )
    expect(readReply(response, response.body)).toMatchObject({ status: 200, code: Code.Ok })
  })
})
