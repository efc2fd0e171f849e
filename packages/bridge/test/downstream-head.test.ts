import { connect } from "node:http2"
import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { H2Code, headersFrame } from "./support/h2-frames.ts"
import { sendReply } from "./support/handlers.ts"
import { connectRawClient } from "./support/raw-h2.ts"
import { connectRawHttp1, requestHead, valueOf, valuesOf } from "./support/raw-http1.ts"
import { sceneForFile } from "./support/scene-hooks.ts"
import { callWeb, carriers, openHttp2WebCall, readReply } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const path = "/test.Head/Ok"
const web = ["content-type", "application/grpc-web+proto", "content-length", String(hello.length)]

const scene = sceneForFile({ [path]: sendReply })

describe.each(carriers)("a head over %s", (carrier) => {
  it("keeps order and duplicates of metadata, and -bin values unchanged", async () => {
    const sent = [
      "x-a",
      "1",
      "x-b-bin",
      "AAE",
      "x-a",
      "2",
      "x-b-bin",
      "AgM=",
      "x-c",
      "a, b",
      "__proto__",
      "p",
      "constructor",
      "c",
    ]
    const reply = await callWeb(scene.bridge.address, carrier, path, hello, sent)
    expect(reply.code).toBe(Code.Ok)
    const fields = scene.backend.calls.at(-1)?.fields ?? []
    const kept = fields.filter((_, i) => sent.includes(fields[i - (i % 2)]))
    expect(kept).toEqual(sent)
  })

  it("passes bytes that are not ASCII in a value unchanged", async () => {
    await callWeb(scene.bridge.address, carrier, path, hello, ["x-name", "caf\u00e9 \u00ff"])
    expect(scene.backend.calls.at(-1)?.field("x-name")).toBe("caf\u00e9 \u00ff")
  })

  it("drops the query, and keeps the path unchanged", async () => {
    const reply = await callWeb(scene.bridge.address, carrier, `${path}?$httpHeaders=x&y=%2F`, hello)
    expect(reply.code).toBe(Code.Ok)
    expect(scene.backend.calls.at(-1)?.path).toBe(path)
    await callWeb(scene.bridge.address, carrier, "/test.head/Ok%20", hello)
    expect(scene.backend.calls.at(-1)?.path).toBe("/test.head/Ok%20")
  })

  it.each([
    ["application/grpc-web", "application/grpc"],
    ["application/grpc-web+proto; charset=utf-8", "application/grpc+proto"],
    ["Application/GRPC-Web+Proto", "application/grpc+proto"],
    ["application/grpc-web+x.y-1", "application/grpc+x.y-1"],
    ["application/grpc-web-text+json;x=y", "application/grpc+json"],
  ])("C9: of the type %s reaches the backend as %s", async (type, expected) => {
    const body = type.includes("text") ? Buffer.from(hello.toString("base64")) : hello
    const reply = await callWeb(scene.bridge.address, carrier, path, body, ["content-type", type])
    expect(reply.code).toBe(Code.Ok)
    expect(scene.backend.calls.at(-1)?.field("content-type")).toBe(expected)
    expect(valueOf(reply.fields, "content-type")).toMatch(/^application\/grpc-web(-text)?\+proto$/) // the backend's suffix
  })

  it("over its limit is RESOURCE_EXHAUSTED, naming the limit, and the backend gets nothing", async () => {
    const before = scene.backend.calls.length
    const large = Array.from({ length: 17 }, (_, i) => [`x-${i}`, "v".repeat(1_000)]).flat()
    const reply = await callWeb(scene.bridge.address, carrier, path, hello, large)
    expect(reply).toMatchObject({ status: 200, code: Code.ResourceExhausted, reason: "head-too-large" })
    expect(reply.message).toContain("16384 (--max-head-bytes)")
    expect(scene.backend.calls.length).toBe(before)
  })

  it("of very many small fields gets the same answer", async () => {
    const many = Array.from({ length: 600 }, (_, i) => [`x-${i}`, "1"]).flat()
    const reply = await callWeb(scene.bridge.address, carrier, path, hello, many)
    expect(reply).toMatchObject({ status: 200, code: Code.ResourceExhausted, reason: "head-too-large" })
  })

  it.each(["GET", "PUT", "DELETE", "HEAD", "TRACE", "PATCH"])("C53: %s is 405", async (method) => {
    if (carrier === "http1") {
      const raw = await connectRawHttp1(scene.bridge.address)
      raw.send(`${method} / HTTP/1.1\r\nHost: bridge.test\r\n\r\n`)
      expect((await raw.head()).status).toBe(405)
      raw.destroy()
    } else expect(await statusHttp2([":method", method, ":path", "/"])).toBe(405)
  })
})

describe("a head over HTTP/1.1", () => {
  it.each([
    ["two Host fields", requestHead(path, [...web, "Host", "a", "Host", "a"]), 400],
    ["an absolute target", requestHead("http://evil.example/a.B/C", web), 400],
    ["no Host field", requestHead(path, web).replace("Host: bridge.test\r\n", ""), 400],
    ["content-length and transfer-encoding", requestHead(path, [...web, "transfer-encoding", "chunked"]), 400],
    ["two content-lengths", requestHead(path, [...web, "content-length", String(hello.length)]), 400],
    ["a folded field", requestHead(path, [...web, "x-a", "1\r\n 2"]), 400],
    ["a field name with a blank", requestHead(path, [...web, "x a", "1"]), 400],
    ["a NUL in a value", requestHead(path, [...web, "x-a", "1\0"]), 400],
    ["a name that gRPC does not know", requestHead(path, [...web, "x!y", "1"]), 400],
    ["more than twice the limit", requestHead(path, [...web, "x-a", "1".repeat(33_000)]), 431],
    ["CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", 405],
  ])("with %s is refused, and the connection closes", async (_what, head, status) => {
    const before = scene.backend.calls.length
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(head, hello)
    const response = await raw.response()
    expect(response.status).toBe(status)
    expect(valueOf(response.fields, "connection")).toBe("close")
    await raw.closed()
    expect(scene.backend.calls.length).toBe(before)
  })

  it("of HTTP/1.0 is answered without chunks, up to the connection's end", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send(requestHead(path, web, "1.0"), hello)
    const response = await raw.response()
    expect(valueOf(response.fields, "transfer-encoding")).toBeNull()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    await raw.closed()
  })

  it("of a browser that opens the address gets an explanation", async () => {
    const raw = await connectRawHttp1(scene.bridge.address)
    raw.send("GET / HTTP/1.1\r\nHost: bridge.test\r\n\r\n")
    const response = await raw.response()
    raw.destroy()
    expect(response.status).toBe(405)
    expect(response.body.toString()).toContain("Causeway")
    expect(valuesOf(response.fields, "allow")).toEqual(["POST, OPTIONS"])
  })
})

describe("a head over HTTP/2", () => {
  it.each([
    ["a Host that differs from :authority", [":authority", "a.test", "host", "b.test"], 400],
    ["CONNECT", [":method", "CONNECT", ":authority", "evil.example:443"], 405],
    ["an OPTIONS for *", [":method", "OPTIONS", ":path", "*"], 400],
  ])("with %s is refused", async (_what, fields, status) => {
    const before = scene.backend.calls.length
    expect(await statusHttp2(fields)).toBe(status)
    expect(scene.backend.calls.length).toBe(before)
  })

  it("with two Host fields is reset", async () => {
    const client = await connectRawClient(scene.bridge.address)
    const pseudo = [":method", "POST", ":scheme", "http", ":path", path, ":authority", "a.test"]
    client.send(headersFrame(1, [...pseudo, "host", "a.test", "host", "a.test"], true))
    expect(await client.reset(1)).toBe(H2Code.ProtocolError)
    client.socket.destroy()
  })

  it("with a Host equal to its :authority is accepted", async () => {
    const session = connect(scene.bridge.address)
    const call = openHttp2WebCall(session, path, ["content-type", "application/grpc-web+proto", "host", "bridge.test"])
    call.end(hello)
    expect((await call.reply()).code).toBe(Code.Ok)
    session.destroy()
  })
})

/** Sends a request of these fields over HTTP/2, completed by what they lack, and gives the answer's HTTP status. */
async function statusHttp2(fields: readonly string[]): Promise<number> {
  const session = connect(scene.bridge.address)
  const isConnect = fields.includes("CONNECT")
  const usual = [
    ":method",
    "POST",
    ":authority",
    "bridge.test",
    ...(isConnect ? [] : [":scheme", "http", ":path", path]),
  ]
  const missing = usual.filter((_, i) => !fields.includes(usual[i - (i % 2)]))
  try {
    return await new Promise<number>((resolve, reject) => {
      const all: readonly string[] = [...missing, ...fields, "content-type", "application/grpc-web"]
      const stream = session.request(all, { endStream: true })
      stream.on("response", (headers) => resolve(Number(headers[":status"]))).on("error", reject)
      stream.on("close", () => reject(new Error(`reset ${stream.rstCode}`)))
    })
  } finally {
    session.destroy()
  }
}
