import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { expect, it, onTestFinished } from "vitest"
import type { Bridge, BridgeParts } from "../src/bridge.ts"
import { createBridge } from "../src/bridge.ts"
import type { ConfigInput } from "../src/config/schema.ts"
import { selfSigned } from "./support/certificate.ts"
import { Setting } from "./support/h2-frames.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { startRawBackend } from "./support/raw-h2.ts"
import { waitFor } from "./support/wait-for.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function start(input: ConfigInput, parts: BridgeParts = {}): Promise<Bridge> {
  const ports = { listen: "127.0.0.1:0", admin: "127.0.0.1:0", accessLog: "off" }
  const bridge = await createBridge({ ...ports, ...input }, { log: silent, ...parts })
  onTestFinished(() => bridge.close(0))
  return bridge
}

const get = async (bridge: Bridge, path: string): Promise<string> =>
  (await fetch(`${bridge.adminAddress}${path}`)).text()

/** The value of a metric without labels, or of the upstream `default`. */
async function metric(bridge: Bridge, name: string): Promise<number> {
  const [, value] =
    new RegExp(`^${name}(?:{upstream="default"})? (\\S+)$`, "m").exec(await get(bridge, "/metrics")) ?? []
  return Number(value)
}

it("the gauges of streams and of the queue show streams and the queue, not one for the other", async () => {
  const backend = await startRawBackend(undefined, { settings: [[Setting.MaxConcurrentStreams, 2]] })
  onTestFinished(() => backend.close())
  const bridge = await start({ upstream: backend.url, maxSessions: 1 })
  await waitFor(() => backend.peers.length === 1)
  const calls = Array.from({ length: 5 }, () => new PageCall(bridge.address))
  const peer = await backend.peer(1)
  await waitFor(() => peer.opened.length === 2)
  let numbers: number[] = []
  const read = async (): Promise<void> => {
    numbers = await Promise.all(
      [
        "causeway_calls_in_flight",
        "causeway_upstream_streams",
        "causeway_upstream_queue",
        "causeway_upstream_retries",
      ].map((name) => metric(bridge, name)),
    )
  }
  for (let i = 0; i < 100 && numbers[0] !== 5; i++) await read()
  await read()
  expect(numbers).toEqual([5, 2, 3, 0])
  for (const call of calls) call.cancel()
})

it("every metric that docs/operations.md names is there", async () => {
  const directory = mkdtempSync(join(tmpdir(), "causeway-metrics-"))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const [tlsCertFile, tlsKeyFile] = ["cert", "key"].map((name) => join(directory, name))
  const { cert, key } = await selfSigned()
  writeFileSync(tlsCertFile, cert)
  writeFileSync(tlsKeyFile, key)
  const content = readFileSync(tlsCertFile)
  const source = { path: tlsCertFile, content, warnings: [], read: () => expect.fail("the file is not read again") }
  const bridge = await start({ upstream: "http://127.0.0.1:1", tlsCertFile, tlsKeyFile }, { source })
  const families = new Set([...(await get(bridge, "/metrics")).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name))
  const page = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8")
  const named = new Set(page.match(/\b(?:causeway|grpc_server|grpc_client|grpc_lb|rpc_server|process)_\w+/g))
  expect(named.size).toBeGreaterThan(10)
  expect([...named].filter((name) => !families.has(name))).toEqual([])
})

it("the build is named by its version and by Node's", async () => {
  const bridge = await start({ upstream: "http://127.0.0.1:1" })
  expect(await get(bridge, "/metrics")).toMatch(
    new RegExp(`^causeway_build_info\\{version="\\d+\\.\\d+\\.\\d+",node="${process.versions.node}"\\} 1$`, "m"),
  )
})

it("a web page cannot read metrics under a name of its own, unless the name is allowed", async () => {
  const ask = (bridge: Bridge): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = request(
        `${bridge.adminAddress}/metrics`,
        { headers: { host: "evil.example:9901" } },
        (response) => {
          text(response).then(() => resolve(response.statusCode), reject)
        },
      )
      asked.on("error", reject).end()
    })
  const upstream = "http://127.0.0.1:1"
  expect(await ask(await start({ upstream }))).toBe(403)
  expect(await ask(await start({ upstream, adminHosts: ["evil.example"] }))).toBe(200)
})

it("new authorities for the backend's certificate are used for new connections after a reload, without a restart", async () => {
  const directory = mkdtempSync(join(tmpdir(), "causeway-authorities-"))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const upstreamCaFile = join(directory, "ca.pem")
  const [trusted, other] = await Promise.all([selfSigned(), selfSigned()])
  writeFileSync(upstreamCaFile, other.cert)
  const backend = await startRawBackend(undefined, { tls: trusted })
  onTestFinished(() => backend.close())
  const bridge = await start({ upstream: backend.url, upstreamCaFile })
  expect(await callPage(bridge.address)).toMatchObject({ reason: "backend-unreachable" })
  expect(await get(bridge, "/readyz")).toContain("not ready: no connection to the backend")
  writeFileSync(upstreamCaFile, trusted.cert)
  await bridge.reload()
  const call = new PageCall(bridge.address)
  const peer = await backend.peer(1)
  await waitFor(() => peer.opened.length === 1)
  expect(await get(bridge, "/readyz")).toBe("ready\n")
  call.cancel()
})
