import { spawn } from "node:child_process"
import { once } from "node:events"
import { connect, createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { settingsFrame } from "./support/h2-frames.ts"
import { callPage } from "./support/page-call.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

async function bridgeTo(upstream: string, options: Partial<BridgeOptions> = {}): Promise<Bridge> {
  const bridge = await startBridge({ upstream, ...options })
  leaveNothing(bridge)
  return bridge
}

/** A TCP server that does this with each connection. Returns its port. */
async function tcpServer(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    onConnection(socket)
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function echo(port: number): Promise<GrpcBackend> {
  return startGrpcBackend(
    {
      "/test.Service/Method": (call) => {
        call.message("m")
        call.end()
      },
    },
    { port },
  )
}

describe("a backend that is silent", () => {
  it.each([
    ["http", "it accepts connections, but sent no HTTP/2 settings within 50 ms"],
    ["https", "it accepts connections, but the TLS handshake did not end within 50 ms"],
  ])("is described by how far the connection came (%s)", async (scheme, words) => {
    const port = await tcpServer(() => {})
    const bridge = await bridgeTo(`${scheme}://127.0.0.1:${port}`, { connectTimeoutMs: 50 })
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toContain(words)
  })
})

describe("a backend that is down (C40)", () => {
  it("is UNAVAILABLE at once, with a remedy and without its address", async () => {
    const port = await closedPort()
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`)
    const answer = await callPage(bridge.address, { fields: ["origin", "https://app.example"] })
    expect(answer).toMatchObject({ httpStatus: 200, code: 14, reason: "backend-unreachable" })
    const message = decodeURIComponent(answer.message)
    expect(message).toContain("ECONNREFUSED")
    expect(message).not.toContain(String(port))
    expect(answer.fields.get("access-control-allow-origin")).toBe("https://app.example")
    expect(bridge.records[0].error?.cause).toMatchObject({ message: expect.stringContaining(String(port)) })
  })

  it("is found by the first call after it is back", async () => {
    const port = await closedPort()
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`)
    for (let failed = 0; failed < 5; failed++) expect(await callPage(bridge.address)).toMatchObject({ code: 14 })
    const backend = await echo(port)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await backend.close()
  })

  it("is found without any call, within the back-off", async () => {
    const port = await closedPort()
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`)
    await waitFor(() => bridge.sessionEvents.length >= 2)
    const backend = await echo(port)
    await waitFor(() => bridge.cluster.isReachable)
    await backend.close()
    await waitFor(() => !bridge.cluster.isReachable)
  })

  it("is dialled less and less often while no call waits, and at most every 100 ms for calls", async () => {
    let dials = 0
    const port = await tcpServer((socket) => {
      dials++
      socket.resetAndDestroy()
    })
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`)
    const since = performance.now()
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => callPage(bridge.address)))
      for (const answer of answers) expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    }
    expect(dials).toBeLessThan((performance.now() - since) / 100 + 5)
  })
})

/** A port whose host drops connection attempts: a sleeping listener with a full backlog. */
async function blackHole(): Promise<number> {
  const program = `require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
    console.log(this.address().port) })`
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] })
  const port = Number(await once(child.stdout, "data"))
  child.kill("SIGSTOP")
  const fillers = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => {}))
  onTestFinished(() => {
    for (const filler of fillers) filler.destroy()
    child.kill("SIGKILL")
  })
  await waitFor(() => fillers.filter((one) => !one.connecting).length >= 2)
  return port
}

describe("a backend whose host drops packets", () => {
  it("is UNAVAILABLE after the connect timeout, and is dialled again", async () => {
    const bridge = await bridgeTo(`http://127.0.0.1:${await blackHole()}`, { connectTimeoutMs: 200 })
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "backend-unreachable" })
    await waitFor(() => bridge.sessionEvents.length >= 2)
    expect(bridge.sessionEvents[1]).toContain("200 ms")
  })
})

describe("a backend that accepts a connection", () => {
  it("and never sends TLS is UNAVAILABLE after the connect timeout", async () => {
    const port = await tcpServer(() => {})
    const bridge = await bridgeTo(`https://127.0.0.1:${port}`, { connectTimeoutMs: 200 })
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toContain("200 ms")
  })

  it("and speaks HTTP/2 but closes at once is dialled less and less often (no hot loop)", async () => {
    let dials = 0
    const port = await tcpServer((socket) => {
      dials++
      socket.end(settingsFrame())
    })
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`)
    await waitFor(() => bridge.sessionEvents.length >= 8)
    const since = performance.now()
    const before = dials
    await waitFor(() => performance.now() - since > 1_000)
    expect(dials - before).toBeLessThan(4)
  })

  it("and sends nothing is UNAVAILABLE after the connect timeout", async () => {
    const port = await tcpServer(() => {})
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`, { connectTimeoutMs: 200 })
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toContain("200 ms")
  })

  it("and sends nothing does not hold a call beyond its deadline", async () => {
    const port = await tcpServer(() => {})
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`)
    expect(await callPage(bridge.address, { fields: ["grpc-timeout", "150m"] })).toMatchObject({ code: 4 })
  })

  it("and speaks HTTP/1.1 is UNAVAILABLE", async () => {
    const port = await tcpServer((socket) => {
      socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"))
    })
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`, { connectTimeoutMs: 1_000 })
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toContain("is not HTTP/2; does the port expect HTTP/1.1, or TLS")
  })

  it("and sends first, like SSH and databases, is UNAVAILABLE", async () => {
    const port = await tcpServer((socket) => void socket.write("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"))
    const bridge = await bridgeTo(`http://127.0.0.1:${port}`, { connectTimeoutMs: 1_000 })
    expect(await callPage(bridge.address)).toMatchObject({ code: 14, reason: "backend-unreachable" })
  })
})

describe("a backend whose name does not resolve", () => {
  it("is UNAVAILABLE, and the process stays up", async () => {
    const bridge = await bridgeTo("http://no-such-host.invalid:50051")
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(decodeURIComponent(answer.message)).toMatch(/ENOTFOUND|EAI_AGAIN/)
  })
})

describe("a bridge that closes", () => {
  it("gives up the connection that it is opening", async () => {
    const sockets: Socket[] = []
    const port = await tcpServer((socket) => void sockets.push(socket))
    const bridge = await startBridge({ upstream: `http://127.0.0.1:${port}` })
    await waitFor(() => sockets.length === 1)
    await bridge.close()
    await waitFor(() => sockets[0].destroyed)
    expect(sockets).toHaveLength(1)
  })
})
