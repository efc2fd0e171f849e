import { readFileSync } from "node:fs"
import { connect } from "node:http2"
import type { AddressInfo } from "node:net"
import { describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { stayOpen } from "./support/handlers.ts"
import { connectRawHttp1, requestHead, valuesOf } from "./support/raw-http1.ts"
import { sceneForEachTest } from "./support/scene-hooks.ts"
import { waitFor } from "./support/wait-for.ts"
import { openHttp2WebCall } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const web = ["content-type", "application/grpc-web"]

const scene = sceneForEachTest({
  "/test.Socket/Doubled": async (call) => {
    await call.all()
    call.head(["authorization", "a", "authorization", "b"])
    call.end()
  },
  "/test.Socket/Stay": stayOpen,
})

describe("metadata of a name that HTTP allows once", () => {
  it("reach a page over HTTP/2 with all their duplicates", async () => {
    const session = connect(scene.bridge.address)
    const call = openHttp2WebCall(session, "/test.Socket/Doubled", web)
    call.end(hello)
    const reply = await call.reply()
    expect(reply.code).toBe(Code.Ok)
    expect(valuesOf(reply.fields, "authorization")).toEqual(["a", "b"])
    session.destroy()
  })
})

/** The timer that the kernel runs for the bridge's end of this client's connection: 2 is keepalive's (proc(5), /proc/net/tcp). */
function kernelTimer(port: number, clientPort: number): number | undefined {
  const hex = (number: number): string => `:${number.toString(16).toUpperCase().padStart(4, "0")}`
  const rows = readFileSync("/proc/net/tcp", "latin1").split("\n")
  const row = rows
    .map((line) => line.trim().split(/\s+/))
    .find(([, local, remote]) => local?.endsWith(hex(port)) === true && remote?.endsWith(hex(clientPort)))
  return row === undefined ? undefined : Number.parseInt(row[5], 16)
}

describe.runIf(process.platform === "linux")("a client that has gone without a word", () => {
  it.each(["no call", "a stream"])("is found out by TCP keepalive, which probes connections with %s", async (what) => {
    const raw = await connectRawHttp1(scene.bridge.address)
    if (what === "a stream") {
      raw.send(requestHead("/test.Socket/Stay", [...web, "content-length", String(hello.length)]), hello)
      await raw.head()
    }
    const { port } = raw.socket.address() as AddressInfo
    await waitFor(() => kernelTimer(scene.bridge.port, port) === 2)
    raw.destroy()
  })
})
