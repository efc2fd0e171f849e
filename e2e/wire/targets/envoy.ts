import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as after } from "node:timers/promises"
import type { Proxy, ProxyOptions, Target } from "../target.ts"
import { envoyConfig } from "./envoy-config.ts"
import { fetchEnvoy } from "./fetch-envoy.ts"

const startTimeoutMs = 20_000

/** Envoy. Each proxy is a separate process. */
export async function envoyTarget(): Promise<Target> {
  const binary = await fetchEnvoy()
  return {
    name: "Envoy",
    version: "1.40.0",
    patienceMs: 3_000,
    lacks: ["message limit", "gRPC-Web alone", "hints to intermediaries"],
    start: (options) => startEnvoy(binary, options),
  }
}

/** A running Envoy. `pid` is its process. */
export type EnvoyProcess = Proxy & { readonly pid: number }

/** Starts the binary as a gRPC-Web gateway. */
export function startEnvoy(binary: string, { upstream, upstreamCa }: ProxyOptions): Promise<EnvoyProcess> {
  return runEnvoy(binary, async (port, folder) => {
    const caFile = join(folder, "ca.pem")
    if (upstreamCa !== undefined) await writeFile(caFile, upstreamCa.cert)
    return envoyConfig({ port, upstream: new URL(upstream), caFile })
  })
}

/** Starts the binary with the configuration that `configure` makes for a port of 127.0.0.1 and a folder for files. */
export async function runEnvoy(
  binary: string,
  configure: (port: number, folder: string) => object | Promise<object>,
): Promise<EnvoyProcess> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-wire-"))
  const [port, configFile] = [await freePort(), join(folder, "envoy.json")]
  await writeFile(configFile, JSON.stringify(await configure(port, folder)))
  const flags = ["-c", configFile, "--concurrency", "1", "--use-dynamic-base-id", "--log-level", "error"]
  const child = spawn(binary, flags, { stdio: ["ignore", "ignore", "pipe"] })
  let said = ""
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)))
  const close = async (): Promise<void> => {
    await stop(child)
    await rm(folder, { recursive: true, force: true })
  }
  const until = performance.now() + startTimeoutMs
  while (!(await isListening(port))) {
    if (child.exitCode === null && performance.now() < until) continue
    await close()
    throw new Error(`Envoy did not start: ${said}`)
  }
  return { address: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, close }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}

/** Envoy does not report a port that the system has chosen, so a free port is picked first. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Tells whether something accepts connections on this port of 127.0.0.1. Takes 20 ms at least. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
    })
  } finally {
    socket.destroy()
    await after(20)
  }
}
