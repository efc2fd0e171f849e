import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, statSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"

import { lastWords } from "./last-words.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const main = join(root, "packages", "bridge", "src", "main.ts")
/** Ends the bridge where this process is killed, and with it all that could have stopped the bridge. */
const endWithLauncher = pathToFileURL(join(root, "tools", "end-with-launcher.mjs")).href

/** Where a bridge listens: `http://host:port` each. */
export interface BridgeAddresses {
  readonly bridge: string
  readonly admin: string
}

/** The bridge as the standalone program that it is. */
export interface BridgeProcess {
  /** Rejects, with its last words, when it ends before it listens. */
  readonly listening: Promise<BridgeAddresses>
  /** Resolves when the process has ended; says how and, where nobody asked for it, what it wrote last. */
  readonly ended: Promise<string>
  readonly stop: () => Promise<void>
}

/** What the bridge is started with. */
export interface BridgeOptions {
  readonly upstream: string
  /** `host:port`. */
  readonly listen: string
  /** `host:port`. */
  readonly admin: string
  readonly corsOrigins: readonly string[]
  readonly graceMs: number
  /** PEM files; null: it speaks plain text. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  /** Its events and its access log are appended here. */
  readonly logFile: string
}

/** How long after the grace time the bridge may still be there. */
const killAfterMs = 500

/** Starts the bridge. It can be stopped before it listens. */
export function startBridge(options: BridgeOptions): BridgeProcess {
  const { logFile, graceMs } = options
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  const log = openSync(logFile, "a")
  const env = { ...process.env, LAUNCHER_PID: String(process.pid) }
  const nodeArguments = ["--import", endWithLauncher, ...argumentsOf(options)]
  const child = spawn(process.execPath, nodeArguments, { env, stdio: ["ignore", "pipe", log] })
  closeSync(log)
  // Whatever way this process takes out, it does not leave the bridge behind.
  const kill = () => child.kill("SIGKILL")
  process.once("exit", kill)

  let isAsked = false
  const ended = endOf(child).then(async (how) => {
    process.off("exit", kill)
    return isAsked ? how : `${how}; the end of ${logFile} is:\n${await lastWords(logFile, logStart)}`
  })
  const neverListened = ended.then((how) => {
    throw new Error(`the bridge did not start: it ${how}`)
  })
  const listening = Promise.race([addressesOf(child), neverListened])
  return {
    listening,
    ended,
    stop() {
      isAsked = true
      return stop(child, ended, graceMs)
    },
  }
}

function argumentsOf({ upstream, listen, admin, corsOrigins, graceMs, tls }: BridgeOptions): string[] {
  const origins = corsOrigins.flatMap((origin) => ["--cors-origin", origin])
  const secure = tls === null ? [] : ["--tls-cert", tls.certFile, "--tls-key", tls.keyFile]
  const places = ["--upstream", upstream, "--listen", listen, "--admin", admin]
  return [main, ...places, "--grace", `${graceMs}ms`, ...origins, ...secure]
}

/** What the bridge prints when it listens: a line `bridge   http://…` and a line `admin    http://…`. */
async function addressesOf({ stdout }: ChildProcess): Promise<BridgeAddresses> {
  if (stdout === null) throw new Error("the bridge has no stdout")
  const found = new Map<string, string>()
  return new Promise((resolve) => {
    // Stays for the life of the process: a pipe that nobody reads would block its writer.
    createInterface({ input: stdout }).on("line", (line) => {
      const [name = "", url = ""] = line.split(/\s+/)
      found.set(name, url)
      const [bridge, admin] = [found.get("bridge"), found.get("admin")]
      if (bridge !== undefined && admin !== undefined) resolve({ bridge, admin })
    })
  })
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`could not be run (${error.message})`))
    child.once("exit", (code, signal) =>
      resolve(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
    )
  })
}

/**
 * Asks for a graceful end. By SIGINT in every case: after a Ctrl-C, which the terminal sends to the bridge as well, it takes
 * ours for the echo that it is; a SIGTERM would count as the second signal and cut its calls.
 */
async function stop(child: ChildProcess, ended: Promise<string>, graceMs: number): Promise<void> {
  child.kill("SIGINT")
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs + killAfterMs)
  await ended
  clearTimeout(timer)
}
