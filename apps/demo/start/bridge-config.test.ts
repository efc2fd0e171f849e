import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { loadConfig } from "@causeway/bridge"
import { expect, it, onTestFinished } from "vitest"

import { bridgeConfig, type BridgeFleet } from "./bridge-config.ts"

const v1 = "http://127.0.0.1:1"
const address = "http://127.0.0.1:2"

/** The configuration as the bridge reads it from a file. */
async function loaded(fleet: BridgeFleet) {
  const folder = await mkdtemp(join(tmpdir(), "demo-config-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, "bridge.yaml")
  await writeFile(file, bridgeConfig(fleet))
  const found = loadConfig(["--config", file], {})
  if (found.kind !== "config") return expect.fail(`no configuration, but ${JSON.stringify(found)}`)
  expect(found.warnings).toEqual([])
  return found.config.routes.map(({ name, action }) => ({ name, action }))
}

it("leads everything to the first version while there is no second", async () => {
  expect(await loaded({ v1, v2: null })).toEqual([{ name: "everything", action: { kind: "upstream", upstream: "v1" } }])
})

it.each([0, 35, 100])(
  "gives the second version %s percent of one service, and testers who ask for it",
  async (share) => {
    const weights = [
      { upstream: "v1", weight: 100 - share },
      { upstream: "v2", weight: share },
    ]
    expect(await loaded({ v1, v2: { address, sharePercent: share } })).toEqual([
      { name: "testers", action: { kind: "upstream", upstream: "v2" } },
      { name: "canary", action: { kind: "split", upstreams: weights, sticky: null } },
      { name: "everything-else", action: { kind: "upstream", upstream: "v1" } },
    ])
  },
)
