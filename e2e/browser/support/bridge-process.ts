import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { artifacts } from "./artifacts.ts"
import type { RunningBridge, Wire } from "./bridge.ts"

/** A bridge as the program that it is. */
export interface BridgeProcess extends RunningBridge {
  /** Ends it by this signal; resolves when it is gone. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>
}

const main = join(import.meta.dirname, "../../../packages/bridge/src/main.ts")

/** Starts `causeway-bridge` without a grace time; `listen` is `host:port`. */
export async function startBridgeProcess(upstream: string, wire: Wire, listen: string): Promise<BridgeProcess> {
  const { certFile, keyFile } = artifacts()
  const tls = wire === "h2" ? ["--tls-cert", certFile, "--tls-key", keyFile] : []
  const quiet = ["--access-log", "off", "--log-level", "error"]
  const flags = [
    "--upstream",
    upstream,
    "--listen",
    listen,
    "--admin",
    "127.0.0.1:0",
    "--grace",
    "0s",
    ...tls,
    ...quiet,
  ]
  const child = spawn(process.execPath, [main, ...flags], { stdio: ["ignore", "pipe", "inherit"] })
  const exited = once(child, "exit")
  const printed = await addressesFrom(child.stdout)
  return {
    ...printed,
    async end(signal) {
      child.kill(signal)
      await exited
    },
  }
}

/** Reads the lines `bridge   http://…` and `admin    http://…`. */
async function addressesFrom(stdout: Readable): Promise<RunningBridge> {
  const found = new Map<string | undefined, string | undefined>()
  for await (const line of createInterface({ input: stdout })) {
    const [name, url] = line.split(/\s+/)
    found.set(name, url)
    const [address, adminAddress] = [found.get("bridge"), found.get("admin")]
    if (address !== undefined && adminAddress !== undefined) return { address, adminAddress }
  }
  throw new Error("the bridge ended before it listened; its words stand above")
}
