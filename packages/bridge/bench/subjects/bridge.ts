import { readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { selfSigned } from "../../test/support/certificate.ts"
import type { Child } from "../child.ts"
import { addressOf, startChild } from "../child.ts"
import type { Subject, SubjectKind } from "./subject.ts"
import { anyWeb } from "./subject.ts"

const root = join(import.meta.dirname, "../../../..")
const origin = "https://app.example"

/** The bridge of this checkout or another one. `flags`: those that lead to the backend, and what else it is to have. */
export function bridgeKind(
  name: string,
  flags: (upstream: string, folder: string) => readonly string[],
  checkout: string = root,
): SubjectKind {
  return {
    ...{ name, fronts: ["plain", "tls"], isBridge: true, ...anyWeb },
    async start(backend, folder, front) {
      const tls = front === "tls" ? await writeCertificate(folder) : null
      const tlsFlags = tls === null ? [] : ["--tls-cert", tls.certFile, "--tls-key", tls.keyFile]
      const main = join(checkout, "packages/bridge/src/main.ts")
      return startBridge(name, main, [...flags(backend.address, folder), ...tlsFlags], folder)
    },
  }
}

/** Writes a certificate for 127.0.0.1 and its key into files of this folder. */
export async function writeCertificate(
  folder: string,
): Promise<{ readonly certFile: string; readonly keyFile: string }> {
  const { key, cert } = await selfSigned()
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") }
  writeFileSync(files.keyFile, key)
  writeFileSync(files.certFile, cert)
  return files
}

/** How long calls that the client has given up may take to be logged and counted. */
const observedWithinMs = 5_000

/** Starts a bridge like a user. */
async function startBridge(
  name: string,
  main: string,
  upstreamFlags: readonly string[],
  folder: string,
): Promise<Subject> {
  const logPath = join(folder, `${name}.log`)
  const ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
  const child = await startChild(
    main,
    [...upstreamFlags, ...ports, "--cors-origin", origin],
    ["bridge", "admin"],
    logPath,
  )
  const front = addressOf(child, "bridge")
  let sent = 0
  return {
    name,
    pids: [child.pid],
    addresses: { http1: front, http2: front },
    async checkObserved(calls) {
      sent += calls
      const until = performance.now() + observedWithinMs
      let observed = await observe(child, logPath)
      while ((observed.logged !== calls || observed.counted !== sent) && performance.now() < until) {
        await wait(100)
        observed = await observe(child, logPath)
      }
      truncateSync(logPath)
      const { logged, counted } = observed
      if (logged === calls && counted === sent) return
      throw new Error(
        `The ${name} logged ${logged} of ${calls} calls and counted ${counted} of ${sent}: this is not what is to be measured`,
      )
    },
    stop: () => child.stop(),
  }
}

async function observe(child: Child, logPath: string): Promise<{ readonly logged: number; readonly counted: number }> {
  const logged = readFileSync(logPath, "latin1").split('"msg":"call"').length - 1
  const metrics = await (await fetch(`${addressOf(child, "admin")}/metrics`)).text()
  let counted = 0
  for (const [, value] of metrics.matchAll(/^grpc_server_handled_total\{[^}]*\} (\d+)$/gm)) counted += Number(value)
  return { logged, counted }
}
