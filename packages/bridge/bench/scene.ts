import { readFileSync, truncateSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Child } from "./child.ts"
import { startChild } from "./child.ts"
import { largeFleet, writeLargeFleet } from "./large-fleet.ts"
import type { Subject } from "./measure.ts"

/** A backend, the bridge, and what it is compared with, each in a process of its own. */
export interface Scene {
  /** The bridge comes last. */
  readonly subjects: readonly [reference: Subject, bridge: Subject]
  /**
   * Compares what each bridge has logged since the last time, and counted since it began, with the calls that it was sent.
   * @throws when log or metrics missed some: then a bridge was measured that does less than it should
   */
  checkObserved(callsSinceLast: number, callsInAll: number): Promise<void>
  stop(): Promise<void>
}

const here = import.meta.dirname
const bridgeMain = "packages/bridge/src/main.ts"
const origin = "https://app.example"

/** The program that the bridge is compared with. */
export type Reference =
  | { readonly kind: "relay" }
  /** The bridge of the checkout at this path. */
  | { readonly kind: "earlier"; readonly checkout: string }
  /** The same bridge with `--upstream` alone, while the bridge has a large configuration file. */
  | { readonly kind: "one-upstream" }

/** Starts them. `folder` takes the logs. */
export async function startScene(folder: string, reference: Reference): Promise<Scene> {
  const backend = await startChild(join(here, "backend.ts"), [String(largeFleet.endpoints)], ["backend"])
  const upstream = addressOf(backend, "backend")
  const own = join(here, "../../..", bridgeMain)
  const isLarge = reference.kind === "one-upstream"
  const bridge = await startBridge(
    "bridge",
    own,
    isLarge ? writeLargeFleet(folder, upstream) : ["--upstream", upstream],
    folder,
  )
  const other = await startReference(reference, own, upstream, folder)
  const bridges = [bridge, ...("checkObserved" in other ? [other] : [])]
  return {
    subjects: [other.subject, bridge.subject],
    async checkObserved(callsSinceLast, callsInAll) {
      for (const one of bridges) await one.checkObserved(callsSinceLast, callsInAll)
    },
    async stop() {
      await Promise.all([bridge.child.stop(), other.child.stop(), backend.stop()])
    },
  }
}

function startReference(
  reference: Reference,
  own: string,
  upstream: string,
  folder: string,
): Promise<Started | StartedBridge> {
  switch (reference.kind) {
    case "relay":
      return startRelay(upstream)
    case "earlier":
      return startBridge("earlier", join(resolve(reference.checkout), bridgeMain), ["--upstream", upstream], folder)
    case "one-upstream":
      return startBridge("one-upstream", own, ["--upstream", upstream], folder)
  }
}

interface Started {
  readonly subject: Subject
  readonly child: Child
}

interface StartedBridge extends Started {
  readonly checkObserved: Scene["checkObserved"]
}

async function startRelay(upstream: string): Promise<Started> {
  const child = await startChild(join(here, "relay.ts"), [upstream], ["http1", "http2"])
  const addresses = { http1: addressOf(child, "http1"), http2: addressOf(child, "http2") }
  return { child, subject: { name: "relay", pid: child.pid, addresses } }
}

/** Starts the bridge like a user. */
async function startBridge(
  name: Exclude<Subject["name"], "relay">,
  main: string,
  upstreamFlags: readonly string[],
  folder: string,
): Promise<StartedBridge> {
  const logPath = join(folder, `${name}.log`)
  const ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
  const flags = [...upstreamFlags, ...ports, "--cors-origin", origin]
  const child = await startChild(main, flags, ["bridge", "admin"], logPath)
  const front = addressOf(child, "bridge")
  return {
    child,
    subject: { name, pid: child.pid, addresses: { http1: front, http2: front } },
    async checkObserved(callsSinceLast, callsInAll) {
      const logged = countCalls(readFileSync(logPath, "latin1"))
      truncateSync(logPath)
      const counted = countHandled(await (await fetch(`${addressOf(child, "admin")}/metrics`)).text())
      if (logged === callsSinceLast && counted === callsInAll) return
      throw new Error(
        `The ${name} logged ${logged} of ${callsSinceLast} calls and counted ${counted} of ${callsInAll}: this is not what is to be measured`,
      )
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
