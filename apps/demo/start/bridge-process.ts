import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, statSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"

import { lastLines } from "./log-tail.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const main = join(root, "packages", "bridge", "src", "main.ts")
/**
 * A module that the bridge preloads. It ends the bridge when this process is killed and cannot stop the bridge itself.
 */
const endWithLauncher = pathToFileURL(join(root, "tools", "end-with-launcher.mjs")).href

/** The addresses on which a bridge listens, each as `http://host:port`. */
export interface BridgeAddresses {
  readonly bridge: string
  readonly admin: string
}

/** The bridge, run as a process of its own. */
export interface BridgeProcess {
  /** Resolves when the bridge listens. Rejects with the end of its log if the process ends before that. */
  readonly listening: Promise<BridgeAddresses>
  /** Resolves with how the process ended. If `stop` was not called, the text includes the end of the log. */
  readonly ended: Promise<string>
  readonly stop: () => Promise<void>
}

/** The servers that the bridge calls: one at a URL, or those that a configuration file names. */
export type BridgeTarget =
  | { readonly kind: "upstream"; readonly url: string }
  | { readonly kind: "config"; readonly file: string }

/** Settings that the bridge is started with. */
export interface BridgeOptions {
  readonly calls: BridgeTarget
  /** `host:port`. */
  readonly listen: string
  /** `host:port`. */
  readonly admin: string
  readonly corsOrigins: readonly string[]
  readonly graceMs: number
  /** PEM files. Null means plain text. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  /** The bridge appends its events and its access log to this file. */
  readonly logFile: string
}

/** After the grace time the bridge gets this long to exit. Then it is killed. */
const killAfterMs = 500

/** Starts the bridge. It can be stopped before it listens. */
export function startBridge(options: BridgeOptions): BridgeProcess {
  const { logFile, graceMs } = options
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  const log = openSync(logFile, "a")
  const env = environmentOf(options.calls)
  const nodeArguments = ["--import", endWithLauncher, ...argumentsOf(options)]
  const child = spawn(process.execPath, nodeArguments, { env, stdio: ["ignore", "pipe", log] })
  closeSync(log)
  // The bridge must not outlive this process, whichever way this process exits.
  const kill = () => child.kill("SIGKILL")
  process.once("exit", kill)

  let isAsked = false
  const ended = endOf(child).then(async (how) => {
    process.off("exit", kill)
    return isAsked ? how : `${how}; the end of ${logFile} is:\n${await lastLines(logFile, logStart)}`
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

function environmentOf({ kind }: BridgeTarget): NodeJS.ProcessEnv {
  const env = { ...process.env, LAUNCHER_PID: String(process.pid) }
  if (kind === "upstream") return env
  // A variable would win over the file.
  const { CAUSEWAY_UPSTREAM: _, ...others } = env as NodeJS.ProcessEnv
  return others
}

function argumentsOf({ calls, listen, admin, corsOrigins, graceMs, tls }: BridgeOptions): string[] {
  const origins = corsOrigins.flatMap((origin) => ["--cors-origin", origin])
  const secure = tls === null ? [] : ["--tls-cert", tls.certFile, "--tls-key", tls.keyFile]
  const target = calls.kind === "upstream" ? ["--upstream", calls.url] : ["--config", calls.file]
  return [main, ...target, "--listen", listen, "--admin", admin, "--grace", `${graceMs}ms`, ...origins, ...secure]
}

/** Reads the two lines that the bridge prints when it listens: `bridge   http://…` and `admin    http://…`. */
async function addressesOf({ stdout }: ChildProcess): Promise<BridgeAddresses> {
  if (stdout === null) throw new Error("the bridge has no stdout")
  const found = new Map<string, string>()
  return new Promise((resolve) => {
    // The reader stays attached until the process ends. Without a reader the pipe would fill up and block the bridge.
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
 * Asks the bridge to end gracefully, and always sends SIGINT. On Ctrl-C the terminal sends SIGINT to the bridge too,
 * and the bridge ignores ours as a repetition. A SIGTERM would count as a second signal, and the bridge would cut its
 * calls.
 */
async function stop(child: ChildProcess, ended: Promise<string>, graceMs: number): Promise<void> {
  child.kill("SIGINT")
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs + killAfterMs)
  await ended
  clearTimeout(timer)
}
