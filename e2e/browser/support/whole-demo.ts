import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ConsoleOptions, ConsoleServer } from "@causeway/demo/start/console-server.ts"
import { createDemo } from "@causeway/demo/start/demo.ts"
import { artifacts, placeholderBridge } from "./artifacts.ts"
import type { RunningBridge, Wire } from "./bridge.ts"
import { serveConsoleWithLab } from "./console-with-lab.ts"
import { serveEditedPages } from "./page-server.ts"

/** All that `npm start` starts, on free ports and with data of its own. */
export interface WholeDemo extends RunningBridge {
  /** Where the console is. */
  readonly origin: string
  /** What it has said on the terminal. */
  readonly said: readonly string[]
  stop(): Promise<void>
}

/** Starts it. The console is the one that is built for publication: with its security policy, opened for the lab's ports. */
export async function startWholeDemo(wire: Wire): Promise<WholeDemo> {
  const dataDir = await mkdtemp(join(tmpdir(), "causeway-e2e-whole-"))
  const { certFile, keyFile } = artifacts()
  const ports = { console: 0, bridge: 0, backend: 0, admin: 0 }
  const said: string[] = []
  const variant = { startConsole, tls: wire === "h2" ? { certFile, keyFile } : null }
  const demo = createDemo({ host: "127.0.0.1", ports, upstream: null, dataDir }, (line) => said.push(line), variant)
  const stop = async (): Promise<void> => {
    await demo.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const urls = await demo.start()
    // `npm start` knows no TLS, and says http.
    const address = variant.tls === null ? urls.bridge : urls.bridge.replace("http:", "https:")
    return { origin: urls.console, address, adminAddress: urls.admin, said, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startConsole({ bridgeUrl, lab }: ConsoleOptions): Promise<ConsoleServer> {
  if (lab === null) throw new Error("the tests serve the console with its lab")
  const own = await serveConsoleWithLab(bridgeUrl, lab)
  const stranger = await serveEditedPages(artifacts().consoleDir, (html) =>
    html.replaceAll(placeholderBridge, bridgeUrl()),
  )
  return {
    port: Number(new URL(own.origin).port),
    strangerPort: Number(new URL(stranger.origin).port),
    stop: async () => void (await Promise.all([own.close(), stranger.close()])),
  }
}
