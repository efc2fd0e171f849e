import { readFileSync, truncateSync } from "node:fs"
import { join } from "node:path"
import type { Child } from "./child.ts"
import { startChild } from "./child.ts"
import type { Subject } from "./measure.ts"

/** Backend, relay and bridge, each in a process of its own. */
export interface Scene {
  readonly subjects: readonly Subject[]
  /**
   * Compares what the bridge has logged since the last time, and counted since it began, with the calls that it was sent.
   * @throws when log or metrics missed some: then a bridge was measured that does less than it should
   */
  checkObserved(callsSinceLast: number, callsInAll: number): Promise<void>
  stop(): Promise<void>
}

const here = import.meta.dirname
const origin = "https://app.example"

/** Starts the three, the bridge as its users start it. `folder` takes its log. */
export async function startScene(folder: string): Promise<Scene> {
  const backend = await startChild(join(here, "backend.ts"), [], ["backend"])
  const upstream = addressOf(backend, "backend")
  const relay = await startChild(join(here, "relay.ts"), [upstream], ["http1", "http2"])
  const logPath = join(folder, "bridge.log")
  const ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
  const main = join(here, "../src/main.ts")
  const bridge = await startChild(
    main,
    ["--upstream", upstream, ...ports, "--cors-origin", origin],
    ["bridge", "admin"],
    logPath,
  )
  const front = addressOf(bridge, "bridge")
  const relayFronts = { http1: addressOf(relay, "http1"), http2: addressOf(relay, "http2") }
  return {
    subjects: [
      { name: "relay", pid: relay.pid, addresses: relayFronts },
      { name: "bridge", pid: bridge.pid, addresses: { http1: front, http2: front } },
    ],
    async checkObserved(callsSinceLast, callsInAll) {
      const logged = countCalls(readFileSync(logPath, "latin1"))
      truncateSync(logPath)
      const counted = countHandled(await (await fetch(`${addressOf(bridge, "admin")}/metrics`)).text())
      if (logged === callsSinceLast && counted === callsInAll) return
      throw new Error(
        `The bridge logged ${logged} of ${callsSinceLast} calls and counted ${counted} of ${callsInAll}: this is not what is to be measured`,
      )
    },
    async stop() {
      await Promise.all([bridge.stop(), relay.stop(), backend.stop()])
    },
  }
}

function addressOf(child: Child, name: string): string {
  return child.addresses.get(name) ?? ""
}

function countCalls(log: string): number {
  return log.split('"msg":"call"').length - 1
}

function countHandled(metrics: string): number {
  let sum = 0
  for (const [, value] of metrics.matchAll(/^grpc_server_handled_total\{[^}]*\} (\d+)$/gm)) sum += Number(value)
  return sum
}
