import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { buffer } from "node:stream/consumers"
import { describe, expect, it, onTestFinished } from "vitest"

import { startRelay } from "./fault-relay.ts"

/** Starts a relay in front of a server. The test gets the server's connections. */
async function startLine() {
  const accepted: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket.on("error", () => {}))
    server.emit("accepted")
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const relay = await startRelay({ host: "127.0.0.1", port: 0, targetPort: () => port })
  onTestFinished(async () => {
    await relay.close()
    for (const socket of accepted) socket.destroy()
    server.close()
  })
  const open = async () => {
    const coming = once(server, "accepted")
    const near = connect(relay.port, "127.0.0.1")
    onTestFinished(() => void near.destroy())
    await coming
    const far = accepted.at(-1) ?? expect.fail("no connection")
    return { near, far }
  }
  return { relay, server, open }
}

/** Resolves with the error that ends the socket. */
async function errorOf(socket: Socket): Promise<unknown> {
  const [error] = (await once(socket.resume(), "error")) as [unknown]
  return error
}

describe("the relay", () => {
  it("passes all bytes both ways, and each side's end", async () => {
    const { open } = await startLine()
    const { near, far } = await open()
    const big = Buffer.alloc(3_000_000, "x")
    near.end(big)
    expect(big.equals(await buffer(far))).toBe(true)
    far.end(big)
    expect(big.equals(await buffer(near))).toBe(true)
  })

  it("resets both sides of every connection", async () => {
    const { relay, open } = await startLine()
    const [one, two] = [await open(), await open()]
    const ends = [one.near, one.far, two.near, two.far].map(errorOf)
    relay.reset()
    for (const error of await Promise.all(ends)) expect(error).toMatchObject({ code: "ECONNRESET" })
  })

  it("passes a reset of one side on to the other", async () => {
    const { relay, open } = await startLine()
    const { near, far } = await open()
    far.write("begun")
    await once(near, "data")
    const end = errorOf(near)
    far.resetAndDestroy()
    expect(await end).toMatchObject({ code: "ECONNRESET" })
    expect(relay.connectionCount).toBe(0)
  })

  it("cuts after so many bytes of the answer, to the byte, and one connection only", async () => {
    const { relay, open } = await startLine()
    const { near, far } = await open()
    far.write("before ")
    await once(near, "data")
    const gone = errorOf(far)
    relay.cutAfter(5)
    far.write("123")
    far.write("456789")
    expect((await buffer(near)).toString()).toBe("12345")
    expect(await gone).toMatchObject({ code: "ECONNRESET" })

    const next = await open()
    next.far.end("123456789")
    expect((await buffer(next.near)).toString()).toBe("123456789")
  })

  it("cuts nothing more after it was disarmed", async () => {
    const { relay, open } = await startLine()
    const { near, far } = await open()
    relay.cutAfter(1)
    relay.disarm()
    far.end("all of it")
    expect((await buffer(near)).toString()).toBe("all of it")
  })

  it("resets who comes while its target is away", async () => {
    const relay = await startRelay({ host: "127.0.0.1", port: 0, targetPort: () => 1 })
    onTestFinished(() => relay.close())
    expect(await errorOf(connect(relay.port, "127.0.0.1"))).toMatchObject({ code: "ECONNRESET" })
  })

  it("refuses connections when it is closed", async () => {
    const { relay, open } = await startLine()
    const { near } = await open()
    await relay.close()
    expect((await buffer(near)).length).toBe(0)
    expect(await errorOf(connect(relay.port, "127.0.0.1"))).toMatchObject({ code: "ECONNREFUSED" })
  })
})
