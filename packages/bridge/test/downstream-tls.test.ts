import { connect as connectH2 } from "node:http2"
import type { AddressInfo } from "node:net"
import { connect as connectTcp, createServer } from "node:net"
import { connect as connectTls } from "node:tls"
import { describe, expect, it, onTestFinished } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { selfSigned } from "./support/certificate.ts"
import { sendReply } from "./support/handlers.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { connectRawHttp1, requestHead } from "./support/raw-http1.ts"
import { sceneForFile } from "./support/scene-hooks.ts"
import { waitFor } from "./support/wait-for.ts"
import { openHttp2WebCall, readReply } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const path = "/test.Tls/Ok"

const tls = await selfSigned()
const ca = tls.cert
const scene = sceneForFile({ [path]: sendReply }, { tls, headTimeoutMs: 300, keepAliveTimeoutMs: 500 })

/** Opens a TLS connection. Returns the agreed protocol, or the error. */
async function agreedProtocol(protocols: string[], maxVersion?: "TLSv1.1"): Promise<string> {
  const options = { host: "127.0.0.1", port: scene.bridge.port, ca, ALPNProtocols: protocols }
  const socket = connectTls(maxVersion === undefined ? options : { ...options, maxVersion, minVersion: maxVersion })
  try {
    return await new Promise<string>((resolve) => {
      socket.once("secureConnect", () => resolve(String(socket.alpnProtocol)))
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  } finally {
    socket.destroy()
  }
}

describe("a bridge with a certificate", () => {
  it("has an https address", () => expect(scene.bridge.address).toBe(`https://127.0.0.1:${scene.bridge.port}`))

  it("serves HTTP/1.1 by ALPN", async () => {
    const raw = await connectRawHttp1(scene.bridge.address, ca)
    for (let call = 0; call < 2; call++) {
      raw.send(
        requestHead(path, ["content-type", "application/grpc-web", "content-length", String(hello.length)]),
        hello,
      )
      const response = await raw.response()
      expect(readReply(response, response.body)).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    }
    raw.destroy()
    expect(scene.bridge.records.at(-1)?.peer).toMatchObject({ carrier: "http1", isTls: true })
  })

  it("serves HTTP/2 by ALPN", async () => {
    const session = connectH2(scene.bridge.address, { ca })
    const call = openHttp2WebCall(session, path, ["content-type", "application/grpc-web"])
    call.end(hello)
    expect(await call.reply()).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    session.destroy()
    expect(scene.bridge.records.at(-1)?.peer).toMatchObject({ carrier: "http2", isTls: true })
  })

  it("agrees on the best protocol that the client offers", async () => {
    expect(await agreedProtocol(["http/1.1", "h2"])).toBe("h2")
    expect(await agreedProtocol(["http/1.1"])).toBe("http/1.1")
    expect(await agreedProtocol(["acme/1"])).not.toBe("acme/1")
  })

  it("does not speak TLS 1.1", async () => {
    expect(await agreedProtocol(["h2"], "TLSv1.1")).toMatch(/^ERR_/)
  })

  it.each(["at once", "byte by byte"])("answers 400 to a client that speaks HTTP without TLS, %s", async (how) => {
    const plain = await connectRawHttp1(`http://127.0.0.1:${scene.bridge.port}`)
    const head = requestHead(path, [])
    for (const part of how === "at once" ? [head] : head) plain.send(part)
    const { status, body } = await plain.response()
    expect([status, body.toString()]).toEqual([400, expect.stringContaining("this port speaks HTTPS")])
    await plain.closed()
    plain.destroy()
    await waitFor(() => scene.bridge.gauges().connections === 0, { timeoutMs: 3_000 })
  })

  it("answers 400 to HTTP/2 without TLS", async () => {
    const plain = await connectRawHttp1(`http://127.0.0.1:${scene.bridge.port}`)
    plain.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    expect((await plain.response()).status).toBe(400)
    await plain.closed()
    plain.destroy()
  })

  it("keeps nothing of a client that speaks HTTP without TLS and does not read", async () => {
    const plain = await connectRawHttp1(`http://127.0.0.1:${scene.bridge.port}`)
    plain.socket.pause()
    plain.send(requestHead(path, []))
    let sent = 0
    for (; !plain.socket.destroyed && sent < 256; sent++) {
      plain.send(Buffer.alloc(65_536))
      await nextTurn()
    }
    await waitFor(() => scene.bridge.gauges().connections === 0, { timeoutMs: 8_000 })
    plain.destroy()
  })

  it.each([
    ["sends nothing", ""],
    ["sends no TLS", "\x00hello"],
    ["sends half a handshake", Buffer.from("16030100f8010000f40303", "hex").toString("latin1")],
  ])("closes a connection that %s", async (_what, bytes) => {
    const client = await connectRawHttp1(`http://127.0.0.1:${scene.bridge.port}`)
    client.send(bytes)
    await client.closed(3_000)
    await waitFor(() => scene.bridge.gauges().connections === 0)
  })

  it("closes a connection whose client closes its side before the first byte", async () => {
    const client = await connectRawHttp1(`http://127.0.0.1:${scene.bridge.port}`)
    client.socket.end()
    await waitFor(() => scene.bridge.gauges().connections === 0)
  })

  it("serves a client whose handshake comes byte by byte", async () => {
    const relay = createServer((client) => {
      const bridge = connectTcp(scene.bridge.port, "127.0.0.1").setNoDelay(true)
      bridge.pipe(client)
      client.on("data", (chunk: Buffer) => {
        for (const byte of chunk) bridge.write(Buffer.of(byte))
      })
      for (const socket of [client, bridge]) socket.on("error", () => {}).on("close", () => client.destroy())
    })
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void relay.close())
    const raw = await connectRawHttp1(`https://127.0.0.1:${(relay.address() as AddressInfo).port}`, ca)
    raw.send(requestHead(path, ["content-type", "application/grpc-web", "content-length", String(hello.length)]), hello)
    const response = await raw.response()
    expect(readReply(response, response.body)).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    raw.destroy()
  })

  it.each([["http/1.1"], ["h2"]])("closes a connection that says nothing after it agreed on %s", async (protocol) => {
    const socket = connectTls({ host: "127.0.0.1", port: scene.bridge.port, ca, ALPNProtocols: [protocol] })
    let isClosed = false
    socket
      .on("close", () => (isClosed = true))
      .on("error", () => {})
      .resume()
    await waitFor(() => isClosed, { timeoutMs: 3_000 })
  })

  it("goes on after handshakes that are cut in the middle", async () => {
    for (let i = 0; i < 20; i++) {
      const raw = await connectRawHttp1(`http://127.0.0.1:${scene.bridge.port}`)
      raw.send(Buffer.from("16030100f8010000f40303", "hex"))
      raw.socket.resetAndDestroy()
    }
    expect(await agreedProtocol(["h2"])).toBe("h2")
  })
})
