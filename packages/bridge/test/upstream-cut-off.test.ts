import { setTimeout as after } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { describe, expect, it, onTestFinished } from "vitest"
import type { CallRecord } from "../src/core/call-record.ts"
import type { Endpoint } from "../src/upstream/endpoint.ts"
import type { Cut } from "./support/network-namespace.ts"
import { NetworkNamespace, whyNoNamespaces } from "./support/network-namespace.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { routeOf } from "./support/routes.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { memberAt, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const backendProgram = fileURLToPath(new URL("support/namespace-backend.ts", import.meta.url))
const budget = { maxTokens: 100, tokenRatio: 0.1 }
const backoff = { initialBackoffMs: 1, maxBackoffMs: 10, backoffMultiplier: 2 }
const retry = { maxAttempts: 3, ...backoff, codes: [14], perAttemptMs: null, budget }

/** A cluster of one backend in a network namespace. */
interface NetworkCluster {
  readonly network: NetworkNamespace
  readonly url: string
  /** Calls that its backend has received and holds. */
  held(): number
}

async function startCluster(name: "near" | "far", holds: boolean): Promise<NetworkCluster> {
  const network = new NetworkNamespace(name, name === "near" ? 0 : 1)
  onTestFinished(() => network.delete())
  network.create()
  await network.prepareDelay()
  const { lines, wrote } = network.run(process.execPath, backendProgram, network.address, holds ? "holds" : "answers")
  await wrote(1)
  return { network, url: lines()[0], held: () => lines().filter((line) => line === "held").length }
}

/** A bridge that prefers the near cluster, connected to both. */
async function twoClusters(): Promise<{ bridge: Bridge; near: NetworkCluster; endpoints: readonly Endpoint[] }> {
  const near = await startCluster("near", true)
  const far = await startCluster("far", false)
  const limits = { keepaliveMs: 300, connectTimeoutMs: 500, patienceMs: 10_000 }
  const bridge = await startBridge({ upstream: near.url, routes: [routeOf("default", {}, { retry })], ...limits })
  leaveNothing(bridge)
  bridge.cluster.setMembers([memberAt(near.url), { ...memberAt(far.url), priority: 1 }])
  await waitFor(() => bridge.cluster.sessions === 2)
  return { bridge, near, endpoints: [...bridge.cluster.endpoints] }
}

/** Four pages that call all the time, until `stop` or the end of the test. `codes`: those of their answers so far. */
function callAllTheTime(address: string): { readonly codes: readonly (number | null)[]; stop(): Promise<void> } {
  const codes: (number | null)[] = []
  let isStopped = false
  const page = async (): Promise<void> => {
    while (!isStopped) {
      codes.push((await callPage(address)).code)
      await after(5) // bounds the load
    }
  }
  const pages = Promise.all(Array.from({ length: 4 }, page))
  const stop = async (): Promise<void> => {
    isStopped = true
    await pages
  }
  onTestFinished(stop)
  return { codes, stop }
}

const whyNot = await whyNoNamespaces()
const name = `a near cluster that is cut off${whyNot === null ? "" : ` (skipped: ${whyNot})`}`

describe.skipIf(whyNot !== null)(name, () => {
  it.each<Cut>(["link down", "packets dropped", "3 s of delay"])(
    "by %s is left for the far one without a lost call, and gets its calls back",
    async (how) => {
      const { bridge, near, endpoints } = await twoClusters()
      const [nearEndpoint, farEndpoint] = endpoints
      const pages = callAllTheTime(bridge.address)
      await waitFor(() => pages.codes.length >= 50)
      expect(new Set(bridge.records.map(({ endpoint }) => endpoint))).toEqual(new Set([nearEndpoint.name]))

      const held = Array.from({ length: 5 }, () => callPage(bridge.address, { path: "/test.Service/Held" }))
      const begun = new PageCall(bridge.address, { path: "/test.Service/Begun" })
      await begun.received(1)
      await waitFor(() => near.held() === held.length)
      near.network.cut(how)
      await waitFor(() => !nearEndpoint.isHealthy)

      const detectedAt = performance.now()
      for (let call = 0; call < 20; call++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
      for (const answer of await Promise.all(held)) expect(answer).toMatchObject({ code: 0 })
      const lost = { endpoint: nearEndpoint.name, code: 14, why: "backend-lost" }
      const repeated = { endpoint: farEndpoint.name, attempts: 2, attemptEnds: [lost] }
      const recordsOf = (path: string): CallRecord[] => bridge.records.filter((record) => record.path === path)
      for (const record of recordsOf("/test.Service/Held")) expect(record).toMatchObject(repeated)
      // A call whose answer has begun is committed (gRFC A6): its client learns that the rest is lost.
      expect(await begun.answer).toMatchObject({ code: 14, reason: "backend-lost", isCut: false })
      const begunLater = bridge.records.filter(({ startedAt }) => startedAt >= detectedAt)
      expect(begunLater.length).toBeGreaterThanOrEqual(20)
      const atOnce = { endpoint: farEndpoint.name, attempts: 1, code: 0 }
      for (const record of begunLater) expect(record).toMatchObject(atOnce)

      near.network.mend(how)
      await waitFor(() => nearEndpoint.isHealthy)
      const sinceBack = bridge.records.length
      const isNear = ({ endpoint }: CallRecord): boolean => endpoint === nearEndpoint.name
      await waitFor(() => bridge.records.slice(sinceBack).filter(isNear).length >= 10)
      await pages.stop()
      expect(pages.codes.filter((code) => code !== 0)).toEqual([])
    },
    60_000,
  )
})
