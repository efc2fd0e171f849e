import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"

import { portProblems } from "./ports.ts"

const free = { console: 0, bridge: 0, backend: 0, admin: 0 }

describe("portProblems", () => {
  it("finds none where every port is free", async () => {
    expect(await portProblems({ host: "127.0.0.1", ports: free, upstream: null, dataDir: null })).toEqual([])
  })

  it("names a port in use and the flag that changes it", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    onTestFinished(() => void server.close())
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    expect(
      await portProblems({ host: "127.0.0.1", ports: { ...free, backend: port }, upstream: null, dataDir: null }),
    ).toEqual([
      `port ${port} is in use: end the program that holds it, or choose another with --backend-port (CAUSEWAY_DEMO_BACKEND_PORT)`,
    ])
  })

  it("does not ask for the backend's port before a server of the user's own", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    onTestFinished(() => void server.close())
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    const upstream = `http://127.0.0.1:${port}`
    expect(
      await portProblems({ host: "127.0.0.1", ports: { ...free, backend: port }, upstream, dataDir: null }),
    ).toEqual([])
  })

  it("tells once of a host that is not of this machine", async () => {
    // TEST-NET-1 (RFC 5737) is reserved, so no machine has this address.
    expect(await portProblems({ host: "192.0.2.1", ports: free, upstream: null, dataDir: null })).toEqual([
      '"192.0.2.1" is no address of this machine: choose another with --host',
    ])
  })
})
