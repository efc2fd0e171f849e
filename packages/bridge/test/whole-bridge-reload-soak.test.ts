import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { queryObjects } from "node:v8"
import { expect, it, onTestFinished } from "vitest"
import { createBridge } from "../src/bridge.ts"
import { CertificateRenewal } from "../src/certificates/renewal.ts"
import { UpstreamCredentials } from "../src/certificates/upstream-credentials.ts"
import { loadConfig } from "../src/config/load.ts"
import type { Config } from "../src/config/schema.ts"
import { OpenCalls } from "../src/core/open-calls.ts"
import { HeaderNames } from "../src/downstream/header-names.ts"
import { FleetUpstream } from "../src/fleet/fleet-upstream.ts"
import { Regex } from "../src/routing/regex.ts"
import { Cluster } from "../src/upstream/cluster.ts"
import { Endpoint } from "../src/upstream/endpoint.ts"
import { HealthChecker } from "../src/upstream/health-checker.ts"
import { TokenBucket } from "../src/upstream/token-bucket.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }
/** Number of reloads. `CAUSEWAY_SOAK_RELOADS` sets another. */
const reloads = Number(process.env["CAUSEWAY_SOAK_RELOADS"] ?? 150)
/** Reloads after which everything has been there once. */
const firstCount = 30

const counted = {
  CertificateRenewal,
  Cluster,
  Endpoint,
  FleetUpstream,
  HeaderNames,
  HealthChecker,
  OpenCalls,
  Regex,
  TokenBucket,
  UpstreamCredentials,
}

/** A configuration with every feature. In each third one an upstream is replaced, and in each fifth there are other names. */
function textOf(ports: readonly number[], tokenFile: string, round: number): string {
  const era = Math.floor(round / 5)
  const key = Math.floor(round / 3)
  return `
telemetry: { access-log: "off" }
listen: 127.0.0.1:0
cors: { origins: ["https://app.example"] }
trusted-proxies: [192.0.2.0/24]
upstreams:
  steady:
    endpoints:
      - { address: "127.0.0.1:${ports[0]}", zone: a, weight: ${1 + (round % 3)} }
      - { address: "127.0.0.1:${ports[1]}", zone: b }
    balancing: { policy: weighted, load-reports: on, slow-start: 1s, zone: a, subset-size: 2 }
    health: { watch: on, interval: 60s }
    outlier: on
    breaker: { max-in-flight: ${100 + (round % 7)}, max-retries: 10 }
    token-file: ${tokenFile}
  replaced:
    endpoints: ["dns:///localhost:${ports[1]}"]
    metadata: { x-key: "key-${key}" }
    health: on
    balancing: { policy: ring-hash, hash: { cookie: sid } }
  named-${era}:
    endpoints: ["127.0.0.1:${ports[round % 2]}"]
    idle-timeout: 10m
routes:
  - { name: answer, match: { headers: { x-off: { regex: "(?i)o[nf]+" } } }, answer: "round ${round}" }
  - name: hedged
    match: { headers: { x-kind: hedged } }
    upstream: steady
    hedging: { delay: 50ms }
  - name: split-${era}
    match: { headers: { x-kind: { prefix: split } } }
    weights: { steady: ${1 + (round % 5)}, replaced: 1 }
    sticky: { header: x-user }
    metadata: { add: { x-round: "${round}" }, remove: [x-kind] }
  - { name: named, match: { headers: { x-kind: named } }, upstream: named-${era} }
  - { name: rest, upstream: replaced, retry: on, timeouts: { max: 10s } }
`
}

it(`leaves nothing behind after ${reloads} changes of a configuration with every feature`, async () => {
  const backends = await Promise.all(
    [0, 1].map(() => startGrpcBackend({ "/test.Service/Method": (call) => call.end() })),
  )
  const folder = mkdtempSync(join(tmpdir(), "causeway-soak-"))
  const [path, token] = [join(folder, "bridge.yaml"), join(folder, "token")]
  writeFileSync(token, "abc")
  const configFor = (round: number): Config => {
    writeFileSync(
      path,
      textOf(
        backends.map(({ port }) => port),
        token,
        round,
      ),
    )
    const loaded = loadConfig(["--config", path, "--admin", "127.0.0.1:0"], {})
    if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
    return loaded.config
  }
  const bridge = await createBridge(configFor(0), { log: silent })
  onTestFinished(async () => {
    await bridge.close(0)
    for (const backend of backends) await backend.close()
    rmSync(folder, { recursive: true })
  })
  const kinds = ["hedged", "split", "named", "none"]
  const change = async (round: number): Promise<void> => {
    await bridge.apply(configFor(round))
    const fields = ["x-kind", kinds[round % 4], "cookie", `sid=${round}`, "x-user", `u${round}`]
    expect([round, (await callPage(bridge.address, { fields })).code]).toEqual([round, 0])
  }
  const count = async (): Promise<Record<string, number>> => {
    const metrics = await (await fetch(`${bridge.adminAddress}/metrics`)).text()
    const handles = Object.groupBy(process.getActiveResourcesInfo(), (name) => name)
    const objects = Object.entries(counted).map(([name, type]) => [name, queryObjects(type, { format: "count" })])
    return {
      ...Object.fromEntries(objects),
      // An upstream that is gone is shown for ten minutes more.
      series: metrics.split("\n").filter((line) => !line.includes('{upstream="named-')).length,
      timers: handles["Timeout"]?.length ?? 0,
      sockets: handles["TCPSocketWrap"]?.length ?? 0,
      listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    }
  }
  for (let round = 1; round <= firstCount; round++) await change(round)
  const first = await count()
  for (let round = firstCount + 1; round <= reloads; round++) await change(round)
  const last = await count()
  // Draining may hold the last upstreams that were replaced, so a few more are no leak. One in each reload would be.
  const grown = Object.entries(last).filter(([name, number]) => number > first[name] + 20)
  expect(grown.map(([name, number]) => `${name}: ${first[name]} → ${number}`)).toEqual([])
}, 300_000)
