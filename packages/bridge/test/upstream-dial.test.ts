import * as grpc from "@grpc/grpc-js"
import dns from "node:dns"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer as createTcpServer } from "node:net"
import type { AddressInfo, ListenOptions, Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServer as createTlsServer } from "node:tls"
import type { TLSSocket, TlsOptions } from "node:tls"
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { addressOf, dial } from "../src/upstream/dial.ts"
import { createResolver } from "../src/upstream/discovery/resolver.ts"
import type { UpstreamTarget, UpstreamTls } from "../src/upstream/target.ts"
import { endpointTarget, usualTls } from "../src/upstream/target.ts"
import { FakeDns } from "./support/fake-dns.ts"
import { selfSigned } from "./support/certificate.ts"
import { callPage } from "./support/page-call.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

afterEach(() => void vi.restoreAllMocks())

/** Targets of a configured address whose names this DNS knows. */
async function targetsOf(
  address: string,
  tls: UpstreamTls | null = null,
  known = new FakeDns(),
): Promise<UpstreamTarget[]> {
  const targets: UpstreamTarget[] = []
  const listener = {
    resolved: (endpoints: readonly Parameters<typeof endpointTarget>[0][]) =>
      void targets.push(...endpoints.map((endpoint) => endpointTarget(endpoint, tls, null))),
    failed: () => {},
  }
  const resolver = createResolver([{ address, weight: 1, zone: null, priority: 0 }], tls !== null, listener, known)
  onTestFinished(() => resolver.close())
  resolver.start()
  await waitFor(() => targets.length > 0)
  return targets
}

async function listen(server: Server, where: ListenOptions = { port: 0, host: "127.0.0.1" }): Promise<number> {
  await once(server.listen(where), "listening")
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Connects, and returns the address that the connection has, or rejects with the error. */
async function connect(target: UpstreamTarget): Promise<string | null> {
  const socket = dial(target)
  onTestFinished(() => void socket.destroy())
  await once(socket, target.isTls ? "secureConnect" : "connect")
  return addressOf(target, socket)
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "causeway-"))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** A bridge in front of this target, which it has not dialled yet. */
async function bridgeTo(target: UpstreamTarget): Promise<Bridge> {
  const bridge = await startBridge({ upstream: "http://127.0.0.1:1", startsCluster: false, patienceMs: 0 })
  onTestFinished(() => bridge.close())
  bridge.cluster.setMembers([{ target, weight: 1, zone: null, priority: 0 }])
  bridge.cluster.start()
  return bridge
}

describe("a Unix socket", () => {
  it("carries calls to a gRPC server, with an authority that it accepts", async () => {
    const path = join(await folder(), "users.sock")
    const authorities: string[] = []
    const server = new grpc.Server()
    onTestFinished(() => server.forceShutdown())
    const asIs = (bytes: Buffer): Buffer => bytes
    const method = { path: "/test.Service/Method", requestStream: false, responseStream: false } as const
    const codec = {
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    }
    server.addService(
      { Method: { ...method, ...codec } },
      {
        Method: (call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) => {
          authorities.push(call.getHost())
          answer(null, call.request)
        },
      },
    )
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(`unix:${path}`, grpc.ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      ),
    )
    const [target] = await targetsOf(`unix:${path}`)
    const bridge = await bridgeTo(target)
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 0 })
    expect(answer.messages).toHaveLength(1)
    expect(authorities).toEqual(["localhost"])
    expect(bridge.records[0]).toMatchObject({ endpoint: `unix:${path}` })
  })

  it("carries TLS", async () => {
    const path = join(await folder(), "tls.sock")
    const certificate = await selfSigned({ dns: "users.test" })
    await listen(createTlsServer({ ALPNProtocols: ["h2"], ...certificate }), { path })
    const tls = { ...usualTls, ca: certificate.cert, serverName: "users.test" }
    const [target] = await targetsOf(`unix://${path}`, tls)
    expect(await connect(target)).toBe(`unix:${path}`)
  })

  it("that is not there, or is another kind of file, is explained", async () => {
    const path = join(await folder(), "users.sock")
    const [target] = await targetsOf(`unix:${path}`)
    const bridge = await bridgeTo(target)
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 14, reason: "backend-unreachable" })
    expect(answer.message).toContain("there is no socket at its path; is it running? (ENOENT)")
    await writeFile(path, "")
    await waitFor(() => bridge.sessionEvents.some((event) => /ENOTSOCK|ECONNREFUSED/.test(event)))
  })
})

it("an IPv6 literal is dialled, and keeps its brackets in names", async (test) => {
  const server = createTcpServer()
  const port = await listen(server, { port: 0, host: "::1" }).catch(() => null)
  if (port === null) test.skip("this machine has no ::1")
  const [target] = await targetsOf(`http://[::1]:${port}`)
  expect(await connect(target)).toBe(`[::1]:${port}`)
  expect(target).toMatchObject({ name: `http://[::1]:${port}`, authority: `[::1]:${port}` })
})

describe("a static name with several addresses", () => {
  /** The system's answer for every name, in this order. */
  const answer = (...addresses: string[]): void => {
    const all = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
    vi.spyOn(dns, "lookup").mockImplementation(((
      _name: string,
      _options: unknown,
      done: (...found: unknown[]) => void,
    ) => process.nextTick(done, null, all)) as unknown as typeof dns.lookup)
  }

  it("is reached at the first address that answers", async () => {
    const port = await listen(createTcpServer())
    answer("127.0.0.9", "::1", "127.0.0.1")
    const [target] = await targetsOf(`http://users.test:${port}`)
    expect(await connect(target)).toBe(`127.0.0.1:${port}`)
  })

  it("none of which answers fails with the reason of each", async () => {
    answer("127.0.0.9", "127.0.0.8")
    const [target] = await targetsOf("http://users.test:1")
    const bridge = await bridgeTo(target)
    const { message, reason } = await callPage(bridge.address)
    expect(reason).toBe("backend-unreachable")
    expect(message).toContain("nothing listens on its port")
    const failure = bridge.cluster.failure
    expect(failure?.message).toContain("connect ECONNREFUSED 127.0.0.9:1; connect ECONNREFUSED 127.0.0.8:1")
  })
})

describe("TLS to an address that a name has resolved to", () => {
  /** A TLS server under the name users.test, and what it saw of clients. */
  async function secure(
    options: TlsOptions,
    tls: Partial<UpstreamTls>,
  ): Promise<{ target: UpstreamTarget; names: (string | false | null)[] }> {
    const names: (string | false | null)[] = []
    const server = createTlsServer({ ALPNProtocols: ["h2"], ...options }, (socket: TLSSocket) => {
      names.push(socket.servername)
      socket.on("error", () => {})
    })
    server.on("tlsClientError", () => {})
    const port = await listen(server)
    const known = new FakeDns()
    known.set4("users.test", ["127.0.0.1"])
    const [target] = await targetsOf(
      `dns:///users.test:${port}`,
      { ...usualTls, ca: String(options.cert), ...tls },
      known,
    )
    return { target, names }
  }

  it("asks for the configured name, and the certificate must be for it", async () => {
    const { target, names } = await secure(await selfSigned({ dns: "users.test" }), {})
    expect(await connect(target)).toBe(`127.0.0.1:${target.port}`)
    await waitFor(() => names.length === 1)
    expect(names).toEqual(["users.test"])
    const other = await secure(await selfSigned({ ip: "127.0.0.1" }), {})
    await expect(connect(other.target)).rejects.toThrow("it is for 127.0.0.1, expected users.test")
  })

  it("accepts any of the configured names, also when the name asked for is another", async () => {
    const uri = "spiffe://prod/ns/users"
    const certificate = await selfSigned({ dns: "other.test", uri })
    const { target, names } = await secure(certificate, { subjectAltNames: ["a.test", uri] })
    await connect(target)
    await waitFor(() => names.length === 1)
    expect(names).toEqual(["users.test"])
    const refused = await secure(certificate, { subjectAltNames: ["a.test", "users.test"] })
    await expect(connect(refused.target)).rejects.toThrow(`it is for other.test, ${uri}, expected a.test or users.test`)
  })

  it("tells the operator which names the certificate has, and the page does not get them", async () => {
    const { target } = await secure(await selfSigned({ dns: "secret.test" }), {})
    const bridge = await bridgeTo(target)
    const { message } = await callPage(bridge.address)
    expect(message).toContain("its certificate is for another host name")
    expect(message).not.toContain("secret.test")
    expect(bridge.sessionEvents[0]).toContain("it is for secret.test, expected users.test")
  })

  it("refuses TLS 1.2 if 1.3 is asked for", async () => {
    const certificate = await selfSigned({ dns: "users.test" })
    const { target } = await secure({ ...certificate, maxVersion: "TLSv1.2" }, { minVersion: "1.3" })
    const bridge = await bridgeTo(target)
    const { message } = await callPage(bridge.address)
    expect(message).toContain("not the version that tls.minVersion asks for")
    const { target: allowed } = await secure({ ...certificate, maxVersion: "TLSv1.2" }, { minVersion: "1.2" })
    await connect(allowed)
  })
})
