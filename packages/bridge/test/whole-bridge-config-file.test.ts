import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { createBridge } from "../src/bridge.ts"
import { loadConfig } from "../src/config/load.ts"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { callPage } from "./support/page-call.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function startBackend(): Promise<GrpcBackend> {
  const backend = await startGrpcBackend({
    "/test.Service/Method": async (call) => {
      await call.all()
      call.end()
    },
  })
  onTestFinished(() => backend.close())
  return backend
}

it("calls go where the routes of a file send them, with the metadata that it adds", async () => {
  const [one, two] = [await startBackend(), await startBackend()]
  const file = join(mkdtempSync(join(tmpdir(), "causeway-")), "bridge.yaml")
  writeFileSync(
    file,
    [
      "listen: 127.0.0.1:0",
      "admin: { listen: off }",
      "telemetry: { access-log: off }",
      "upstreams:",
      `  one: { endpoints: ["${one.url}"] }`,
      `  two: { endpoints: ["${two.url}"], metadata: { authorization: "Bearer \${TOKEN}" } }`,
      "routes:",
      "  - { name: v2, match: { headers: { x-version: v2 } }, upstream: two }",
      "  - { name: closed, match: { headers: { x-version: v3 } }, answer: Back at noon }",
      "  - { name: rest, weights: { one: 1, two: 0 } }",
    ].join("\n"),
  )
  const loaded = loadConfig(["--config", file], { TOKEN: "s3cret" })
  if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
  const bridge = await createBridge(loaded.config, { log: silent })
  onTestFinished(() => bridge.close(0))
  expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  expect(await callPage(bridge.address, { fields: ["x-version", "v2"] })).toMatchObject({ code: 0 })
  expect(await callPage(bridge.address, { fields: ["x-version", "v3"] })).toMatchObject({ code: 14 })
  expect([one.calls.length, two.calls.length]).toEqual([1, 1])
  expect(two.calls[0].field("authorization")).toBe("Bearer s3cret")
})
