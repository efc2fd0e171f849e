import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { selfSigned } from "../../../packages/bridge/test/support/certificate.ts"
import type { SceneOptions } from "../attack.ts"
import { Channel } from "../channel.ts"
import type { Message } from "../channel.ts"
import { endOf, killAndWait } from "../helper-process.ts"
import { origin } from "../web-call.ts"
import type { RunningTarget, TargetKind } from "./target.ts"

const startTimeoutMs = 20_000
const terminateTimeoutMs = 60_000
const probeTimeoutMs = 5_000
const here = join(import.meta.dirname, "..")

/** The bridge as its users start it: a separate process with default settings, a log line for each call, and metrics. */
export function bridgeTarget(main: string): TargetKind {
  const manifest = readFileSync(join(dirname(main), "../package.json"), "utf8")
  return {
    name: "bridge",
    version: (JSON.parse(manifest) as { version: string }).version,
    takes: () => true,
    start: (upstream, options) => startBridge(resolve(main), upstream, options),
  }
}

async function startBridge(main: string, upstream: string, options: SceneOptions): Promise<RunningTarget> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-attack-"))
  const log = openSync(join(folder, "bridge.log"), "a")
  const tls = options.isTls === true ? await writeCertificate(folder) : []
  const flags = [...["--upstream", upstream, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"], ...tls]
  const cors = ["--cors-origin", origin]
  const probe = ["--expose-gc", "--import", join(here, "heap-probe.ts")]
  const child = spawn(process.execPath, [...probe, main, ...flags, ...cors, ...(options.bridgeFlags ?? [])], {
    stdio: ["ignore", "pipe", log, "ipc"],
  })
  closeSync(log)
  const ended = endOf(child)
  const channel = new Channel(child)
  const close = async (): Promise<void> => {
    await killAndWait(child)
    await rm(folder, { recursive: true, force: true })
  }
  const addresses = await readAddresses(child).catch(async (error: unknown) => {
    const said = readFileSync(join(folder, "bridge.log"), "utf8").slice(0, 1_000)
    await close()
    throw new Error(`${(error as Error).message}: ${said}`)
  })
  return {
    pid: child.pid ?? 0,
    address: addresses.bridge,
    admin: addresses.admin,
    usedHeap: () => usedHeap(channel),
    async terminate() {
      const startMs = performance.now()
      child.kill("SIGTERM")
      const timer = setTimeout(() => child.kill("SIGKILL"), terminateTimeoutMs)
      await ended
      clearTimeout(timer)
      return performance.now() - startMs
    },
    close,
  }
}

async function writeCertificate(folder: string): Promise<readonly string[]> {
  const { key, cert } = await selfSigned()
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  await writeFile(keyFile, key)
  await writeFile(certFile, cert)
  return ["--tls-cert", certFile, "--tls-key", keyFile]
}

function readAddresses(child: ChildProcess): Promise<{ readonly bridge: string; readonly admin: string }> {
  let printed = ""
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the bridge was not ready within ${startTimeoutMs} ms`)),
      startTimeoutMs,
    )
    child.once("exit", (code) => reject(new Error(`the bridge ended with code ${code} before it was ready`)))
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk
      const bridge = /^bridge +(http\S+)\n/m.exec(printed)?.[1]
      const admin = /^admin +(http\S+)\n/m.exec(printed)?.[1]
      if (bridge === undefined || admin === undefined) return
      clearTimeout(timer)
      resolve({ bridge, admin })
    })
  })
}

/** Resolves with null if the bridge's event loop is too busy to answer in time. */
async function usedHeap(channel: Channel): Promise<number | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), probeTimeoutMs)
  const told = await Promise.race([channel.ask<Message & { usedBytes: number }>({ kind: "probe-heap" }, "heap"), late])
  clearTimeout(timer)
  return told?.usedBytes ?? null
}
