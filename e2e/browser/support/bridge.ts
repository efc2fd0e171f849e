import { createBridge } from "@causeway/bridge"
import type { ConfigInput } from "@causeway/bridge"
import { expect } from "@playwright/test"
import { artifacts } from "./artifacts.ts"
import { leavingMs } from "./leaving-ms.ts"
import { chosenCodec } from "../../chosen-codec.ts"

/** What a browser speaks to the bridge: HTTP/1.1 in plain text, or HTTP/2 over TLS, for browsers know no other. */
export type Wire = "http/1.1" | "h2"

/** A bridge that is listening. */
export interface RunningBridge {
  /** `http://127.0.0.1:port` or `https://127.0.0.1:port`. */
  readonly address: string
  /** Where its metrics are. */
  readonly adminAddress: string
}

/** A bridge in the process of the test. */
export interface TestBridge extends RunningBridge {
  /** Ends at once what is open. */
  close(): Promise<void>
}

/** The part of a bridge's configuration that decides the wire. */
export function wireConfig(wire: Wire): Pick<ConfigInput, "tlsCertFile" | "tlsKeyFile"> {
  const { certFile, keyFile } = artifacts()
  return wire === "h2" ? { tlsCertFile: certFile, tlsKeyFile: keyFile } : {}
}

/** Starts a bridge on free ports; `onEvent` gets the lines of its log. */
export async function startBridge(config: ConfigInput, onEvent: (line: string) => void): Promise<TestBridge> {
  const write = (message: string, fields: unknown = {}): void => onEvent(`${message} ${JSON.stringify(fields)}`)
  const log = { debug: write, info: write, warn: write, error: write }
  const bridge = await createBridge(
    { listen: "127.0.0.1:0", admin: "127.0.0.1:0", accessLog: "off", ...chosenCodec, ...config },
    { log },
  )
  return { address: bridge.address, adminAddress: bridge.adminAddress ?? "", close: () => bridge.close(0) }
}

/** The sum of a metric over all its labels; with labels in the name, as `/metrics` writes them, that one sample. */
export async function readMetric({ adminAddress }: RunningBridge, name: string): Promise<number> {
  const text = await (await fetch(`${adminAddress}/metrics`)).text()
  const samples = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  if (samples.length === 0) throw new Error(`the bridge has no metric ${name}`)
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0)
}

/** Zero when nothing goes on. */
const gauges = [
  "causeway_calls_in_flight",
  "causeway_upstream_streams",
  "causeway_upstream_queue",
  "causeway_stalled",
] as const

/** Expects every call to be gone from the bridge within a time, on both of its sides. */
export async function expectIdle(bridge: RunningBridge, withinMs = leavingMs): Promise<void> {
  const idle = Object.fromEntries(gauges.map((name) => [name, 0]))
  const read = async (): Promise<Record<string, number>> =>
    Object.fromEntries(await Promise.all(gauges.map(async (name) => [name, await readMetric(bridge, name)] as const)))
  await expect.poll(read, { timeout: withinMs, intervals: [20], message: "the bridge's gauges" }).toEqual(idle)
}
