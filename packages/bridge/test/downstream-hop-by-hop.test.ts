import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import type { Http1Response } from "./support/raw-http1.ts"
import { connectRawHttp1, requestHead } from "./support/raw-http1.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import type { WebCall } from "./support/web-call.ts"
import { callWeb, openWebCall, readReply } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const path = "/test.Hop/Ok"
const web = ["content-type", "application/grpc-web+proto", "content-length", String(hello.length)]

let backend: GrpcBackend
let bridge: Bridge
/** A stream on the one upstream session, open during all tests: no request may harm it. */
let neighbour: WebCall

beforeAll(async () => {
  backend = await startGrpcBackend({
    [path]: async (call) => {
      await call.all()
      call.message("reply")
      call.end()
    },
    "/test.Hop/Stay": (call) => void call.message("here"),
  })
  bridge = await startBridge({ upstream: backend.url, maxSessions: 1 })
  await waitFor(() => bridge.cluster.isReachable)
  neighbour = await openWebCall(bridge.address, "http2", "/test.Hop/Stay")
  neighbour.end(hello)
  await neighbour.head()
})

afterAll(async () => {
  expect(neighbour.isCut).toBe(false)
  expect(backend.accepted).toBe(1)
  expect(bridge.crashes).toEqual([])
  neighbour.close()
  await expectAllZero(bridge)
  await bridge.close()
  await backend.close()
})

/** Sends these bytes as a request. Returns the answer. */
async function sendHttp1(...parts: readonly (string | Uint8Array)[]): Promise<Http1Response> {
  const raw = await connectRawHttp1(bridge.address)
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
    const before = backend.calls.length
    const raw = await connectRawHttp1(bridge.address)
    raw.send(requestHead(path, [...web, name, value, "x-kept", "1"]), hello)
    const response = await raw.response()
    raw.destroy()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    expect(backend.calls.length).toBe(before + 1)
    const call = backend.calls[before]
    expect(call.field(name)).toBe(name === "te" ? "trailers" : null)
    expect(call.field("x-kept")).toBe("1")
  })

  it("transfer-encoding and content-length are for this hop only", async () => {
    const reply = await callWeb(bridge.address, "http1", path, hello, [
      "connection",
      "close, x-secret",
      "x-secret",
      "1",
    ])
    expect(reply.code).toBe(Code.Ok)
    for (const name of ["transfer-encoding", "content-length", "connection", "x-secret", "host"]) {
      expect(backend.calls.at(-1)?.field(name), name).toBeNull()
    }
  })

  it("C30, C31: the backend gets te: trailers and no length", async () => {
    await sendHttp1(requestHead(path, web), hello)
    expect(backend.calls.at(-1)?.field("te")).toBe("trailers")
    expect(backend.calls.at(-1)?.field("content-length")).toBeNull()
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
