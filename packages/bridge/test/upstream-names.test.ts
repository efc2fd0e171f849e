import { describe, expect, it, onTestFinished } from "vitest"
import type { DnsClient } from "../src/upstream/discovery/dns-client.ts"
import { createDnsClient } from "../src/upstream/discovery/dns-client.ts"
import type { Resolver } from "../src/upstream/discovery/resolver.ts"
import { createResolver } from "../src/upstream/discovery/resolver.ts"
import { endpointTarget } from "../src/upstream/target.ts"
import type { DnsServer } from "./support/dns-server.ts"
import { startDnsServer } from "./support/dns-server.ts"
import { FakeDns } from "./support/fake-dns.ts"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage } from "./support/page-call.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const echo: BackendHandler = async (call) => {
  const [message] = await call.all()
  call.message(message)
  call.end()
}

const startBackend = (host: string, port = 0): Promise<GrpcBackend> =>
  startGrpcBackend({ "/test.Service/Method": echo }, { host, port })

/** Two backends on one port of two addresses, as behind one name. */
async function pair(): Promise<[GrpcBackend, GrpcBackend]> {
  const first = await startBackend("127.0.0.1")
  return [first, await startBackend("127.0.0.2", first.port)]
}

interface NamedBridge {
  readonly bridge: Bridge
  readonly words: readonly string[]
}

/** A bridge whose upstream has this address, which this DNS resolves. */
async function bridgeTo(
  address: string,
  dns: DnsClient,
  backends: readonly GrpcBackend[],
  options: Partial<BridgeOptions> = {},
): Promise<NamedBridge> {
  const words: string[] = []
  let resolver: Resolver | null = null
  const bridge = await startBridge({
    upstream: "http://127.0.0.1:1",
    startsCluster: false,
    patienceMs: 10_000,
    onTrouble: () => resolver?.resolveNow(),
    ...options,
  })
  leaveNothing(bridge, [...backends])
  bridge.cluster.setMembers([])
  bridge.cluster.start()
  resolver = createResolver(
    [{ address, weight: 1, zone: null, priority: 0 }],
    false,
    {
      resolved: (endpoints) =>
        bridge.cluster.setMembers(endpoints.map((one) => ({ ...one, target: endpointTarget(one, null, null) }))),
      failed: (_, why) => void words.push(why),
    },
    dns,
  )
  onTestFinished(() => resolver.close())
  resolver.start()
  return { bridge, words }
}

/** Makes a call every 10 ms until told to stop. Returns the answers that were no success. */
function callSteadily({ address }: Bridge): { made: () => number; stop: () => Promise<PageAnswer[]> } {
  const answers: Promise<PageAnswer>[] = []
  const timer = setInterval(() => answers.push(callPage(address)), 10)
  const stop = async (): Promise<PageAnswer[]> => {
    clearInterval(timer)
    return (await Promise.all(answers)).filter(({ code }) => code !== 0)
  }
  return { made: () => answers.length, stop }
}

async function dnsServer(): Promise<{
  server: DnsServer
  dns: DnsClient
  point: (ttl: number, ...hosts: string[]) => void
}> {
  const server = await startDnsServer()
  onTestFinished(() => server.close())
  const point = (ttl: number, ...hosts: string[]): void =>
    void server.scripts.set("users.test", {
      kind: "records",
      records: hosts.map((value) => ({ type: "A", ttl, value })),
    })
  return { server, dns: createDnsClient({ servers: [server.address] }), point }
}

const served = (backends: readonly GrpcBackend[]): number[] => backends.map(({ calls }) => calls.length)

describe("a name that moves to another address under 100 calls a second", () => {
  it("is followed when its TTL ends, and no call is lost", async () => {
    const backends = await pair()
    const { dns, point } = await dnsServer()
    point(1, "127.0.0.1")
    const { bridge } = await bridgeTo(`dns:///users.test:${backends[0].port}`, dns, backends)
    const load = callSteadily(bridge)
    await waitFor(() => backends[0].calls.length >= 30)
    point(1, "127.0.0.2")
    await waitFor(() => backends[1].calls.length >= 30)
    expect(await load.stop()).toEqual([])
    const before = served(backends)
    expect(before[0] + before[1]).toBe(load.made())
    await callPage(bridge.address)
    expect(served(backends)).toEqual([before[0], before[1] + 1])
    await waitFor(() => backends[0].sessions.size === 0)
  })

  it("is followed at once when its backend says GOAWAY, however long its TTL is, and no call is lost", async () => {
    const backends = await pair()
    const { dns, point } = await dnsServer()
    point(3_600, "127.0.0.1")
    const { bridge } = await bridgeTo(`dns:///users.test:${backends[0].port}`, dns, backends)
    const load = callSteadily(bridge)
    await waitFor(() => backends[0].calls.length >= 120) // longer than the pause between two resolutions
    point(3_600, "127.0.0.2")
    backends[0].leave()
    await waitFor(() => backends[1].calls.length >= 30)
    expect(await load.stop()).toEqual([])
  })

  it("is followed when its backend is gone, and calls that begin then are served", async () => {
    const backends = await pair()
    const { dns, point } = await dnsServer()
    point(3_600, "127.0.0.1")
    const { bridge } = await bridgeTo(`dns:///users.test:${backends[0].port}`, dns, backends)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await backends[0].close()
    point(3_600, "127.0.0.2")
    const answers = await Promise.all(Array.from({ length: 100 }, () => callPage(bridge.address)))
    expect(answers.filter(({ code }) => code !== 0)).toEqual([])
    expect(backends[1].calls).toHaveLength(100)
  })
})

describe("a name that stops resolving", () => {
  it("is served by its last backends, with one line for the reason", async () => {
    const backend = await startBackend("127.0.0.1")
    const { server, dns, point } = await dnsServer()
    point(1, "127.0.0.1")
    const { bridge, words } = await bridgeTo(`dns:///users.test:${backend.port}`, dns, [backend])
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    server.scripts.set("users.test", { kind: "error", code: "SERVFAIL" })
    await waitFor(() => words.length > 0)
    const asked = server.questions.length
    await waitFor(() => server.questions.length >= asked + 4)
    backend.cut()
    await waitFor(() => backend.sessions.size === 0)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(words).toEqual(["the DNS server failed (SERVFAIL)"])
  })

  it("before it ever did lets calls wait until it resolves", async () => {
    const backend = await startBackend("127.0.0.1")
    const { dns, point } = await dnsServer()
    const { bridge, words } = await bridgeTo(`dns:///users.test:${backend.port}`, dns, [backend])
    await waitFor(() => words.length === 1)
    const answer = callPage(bridge.address)
    await waitFor(() => bridge.gauges().queued === 1)
    point(60, "127.0.0.1")
    expect(await answer).toMatchObject({ code: 0 })
  })
})

it("a GOAWAY leads to one more question", async () => {
  const backend = await startBackend("127.0.0.1")
  const dns = new FakeDns()
  dns.set4("users.test", ["127.0.0.1"], 3_600)
  const { bridge } = await bridgeTo(`dns:///users.test:${backend.port}`, dns, [backend])
  expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  expect(dns.asked).toEqual(["A users.test", "AAAA users.test"])
  for (const session of backend.sessions) session.goaway(0)
  await waitFor(() => dns.asked.length === 4)
})

it("a service (SRV) gets calls by its weights, and its second priority gets them once the first is gone", async () => {
  const backends = await Promise.all([1, 2, 3].map(() => startBackend("127.0.0.1")))
  const [light, heavy, spare] = backends
  const dns = new FakeDns()
  dns.srv.set("_grpc._tcp.users.test", [
    { name: "a.test", port: light.port, priority: 10, weight: 10 },
    { name: "a.test", port: heavy.port, priority: 10, weight: 30 },
    { name: "a.test", port: spare.port, priority: 20, weight: 1 },
  ])
  dns.set4("a.test.", ["127.0.0.1"])
  const balancing = {
    policy: "weighted",
    hash: null,
    usesLoadReports: false,
    slowStartMs: 0,
    subsetSize: null,
    zone: null,
    panicThreshold: 0.5,
  } as const
  const { bridge } = await bridgeTo("dns+srv:///_grpc._tcp.users.test", dns, backends, { balancing })
  await waitFor(() => bridge.cluster.sessions === 3)
  for (let call = 0; call < 80; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  expect(Math.abs(light.calls.length - 20)).toBeLessThan(3)
  expect(spare.calls).toHaveLength(0)
  await light.close()
  await heavy.close()
  await waitFor(() => bridge.cluster.sessions === 1)
  expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  expect(spare.calls).toHaveLength(1)
})

it("credentials replace what the page sends, and a renewed token counts for the next call", async () => {
  const backend = await startBackend("127.0.0.1")
  const dns = new FakeDns()
  dns.set4("users.test", ["127.0.0.1"])
  const { bridge } = await bridgeTo(`dns:///users.test:${backend.port}`, dns, [backend])
  const fields = ["authorization", "Bearer page"]
  await callPage(bridge.address, { fields })
  for (const token of ["one", "two"]) {
    bridge.cluster.useCredentials(["authorization", `Bearer ${token}`])
    await callPage(bridge.address, { fields })
  }
  const sent = backend.calls.map((call) => call.fields.filter((_, i) => call.fields[i - 1] === "authorization"))
  expect(sent).toEqual([["Bearer page"], ["Bearer one"], ["Bearer two"]])
})
