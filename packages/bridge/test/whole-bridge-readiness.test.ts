import { expect, it, onTestFinished } from "vitest"
import { startConfiguredBridge } from "./support/configured-bridge.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"

const nowhere = "http://127.0.0.1:1"

async function reachableUrl(): Promise<string> {
  const backend = await startGrpcBackend({})
  onTestFinished(() => backend.close())
  return backend.url
}

/** Readiness of a bridge whose upstream `other` can be reached, and whose upstream `main` cannot. */
async function readinessWith(route: string): Promise<number> {
  const { get, metric } = await startConfiguredBridge(`
upstreams:
  main: { endpoints: [${nowhere}] }
  other: { endpoints: [${await reachableUrl()}] }
routes:
  - ${route}
`)
  const opened = (): Promise<number | null> => metric('causeway_upstream_sessions_opened_total{upstream="other"}')
  await expect.poll(opened, { timeout: 20_000 }).toBe(1)
  return (await get("/readyz")).status
}

it("a bridge whose calls cannot be answered is not ready, although the upstream of a mirror can be reached", async () => {
  expect(await readinessWith("{ name: all, upstream: main, mirror: { upstream: other } }")).toBe(503)
})

it("an upstream of weight 0 makes no bridge ready", async () => {
  expect(await readinessWith("{ name: all, weights: { main: 1, other: 0 } }")).toBe(503)
})

it("a bridge with one upstream of two that can answer calls is ready", async () => {
  expect(await readinessWith("{ name: all, weights: { main: 1, other: 1 } }")).toBe(200)
})

it("a bridge that answers every call itself is ready without a backend", async () => {
  const { get } = await startConfiguredBridge(`
upstreams:
  main: { endpoints: [${nowhere}] }
routes:
  - { name: maintenance, answer: { code: UNAVAILABLE, message: "back at noon" } }
`)
  expect((await get("/readyz")).status).toBe(200)
})
