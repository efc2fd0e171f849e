import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import type { Bridge } from "../../src/bridge.ts"
import { createBridge } from "../../src/bridge.ts"
import { loadConfig } from "../../src/config/load.ts"
import type { Config } from "../../src/config/schema.ts"

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const ports = 'listen: 127.0.0.1:0\nadmin: { listen: 127.0.0.1:0 }\ntelemetry: { access-log: "off" }\n'

/** A whole bridge, configured by a text. */
export interface ConfiguredBridge {
  readonly bridge: Bridge
  /** Uses another text for new calls. */
  apply(text: string): Promise<unknown>
  /** Asks the admin port for a page. */
  get(page: string): Promise<Response>
  /** The value of a line of /metrics, by its name and labels as written. Null: there is none. */
  metric(sample: string): Promise<number | null>
}

/** Starts a bridge with these upstreams and routes, as in a file, and with free ports. It is closed when the test has ended. */
export async function startConfiguredBridge(text: string): Promise<ConfiguredBridge> {
  const folder = mkdtempSync(join(tmpdir(), "causeway-configured-"))
  const bridge = await createBridge(configOf(folder, text), { log: silent })
  onTestFinished(async () => {
    await bridge.close(0)
    rmSync(folder, { recursive: true })
  })
  const get = (page: string): Promise<Response> => fetch(`${bridge.adminAddress}${page}`)
  return {
    bridge,
    apply: (other) => bridge.apply(configOf(folder, other)),
    get,
    async metric(sample) {
      const lines = (await (await get("/metrics")).text()).split("\n")
      const line = lines.find((one) => one.startsWith(`${sample} `))
      return line === undefined ? null : Number(line.slice(sample.length + 1))
    },
  }
}

function configOf(folder: string, text: string): Config {
  const path = join(folder, "bridge.yaml")
  writeFileSync(path, `${ports}${text}`)
  const loaded = loadConfig(["--config", path], {})
  if (loaded.kind !== "config") throw new Error(JSON.stringify(loaded))
  return loaded.config
}
