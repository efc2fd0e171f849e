// Runs a script of this repository on a Node that fits, with the dependencies installed: `node tools/run.mjs <script> [args]`.
// Plain JavaScript for Node 18 and newer: it is the first thing that runs on a machine with nothing but Node and npm.

import { spawn, spawnSync } from "node:child_process"
import { readFileSync, statSync, utimesSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { isInRange } from "./node-range.mjs"
import { whenParentEnds } from "./parents.mjs"

const fittingNode = "node@24.21.0"
const nodeRemedy = "could not be fetched (see above). Install Node 24 or 26 from nodejs.org and run the command again."
const installMark = "node_modules/.modules.yaml"
const installRemedy =
  "The dependencies could not be installed (see above). A first run needs the package registry: check the network and any " +
  "proxy, then run the command again."

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const { engines, packageManager } = JSON.parse(readFileSync("package.json", "utf8"))

// npx hands its own flags down in the environment, where a nested npx would obey them.
const { npm_config_package, npm_config_call, ...inherited } = process.env
/** @type {NodeJS.ProcessEnv} */
const env = { ...inherited, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: "1" }

const [script, ...args] = process.argv.slice(2)
if (script === undefined) stop("Usage: node tools/run.mjs <script> [arguments]")
const node = isInRange(process.versions.node, engines.node) ? process.execPath : fetchNode()
env.PATH = dirname(node) + delimiter + env.PATH
if (isInstallStale()) install()
runToItsEnd()

/** Gives the path of a Node inside `engines`, which stays in npx's cache. */
function fetchNode() {
  say(`Node ${process.versions.node} is outside ${engines.node}: using ${fittingNode}, which npx fetches once …`)
  const { status, stdout } = npx(["-p", fittingNode, "node", "-p", "process.execPath"], "pipe")
  return status === 0 ? stdout.trim() : stop(`${fittingNode} ${nodeRemedy}`)
}

function isInstallStale() {
  const installed = statSync(installMark, { throwIfNoEntry: false })
  return installed === undefined || installed.mtimeMs < statSync("pnpm-lock.yaml").mtimeMs
}

function install() {
  say(`installing the dependencies with ${packageManager} …`)
  const { status } = npx([packageManager, "install", "--frozen-lockfile", "--prefer-offline"], "inherit")
  if (status !== 0) stop(installRemedy)
  const now = new Date()
  utimesSync(installMark, now, now) // an install that finds all in place leaves the file as old as it was
}

/** @param {string[]} npxArgs @param {"inherit" | "pipe"} stdout */
function npx(npxArgs, stdout) {
  return spawnSync("npx", ["--yes", "--prefer-offline", ...npxArgs], {
    env,
    stdio: ["inherit", stdout, "inherit"],
    encoding: "utf8",
  })
}

/**
 * Runs the script and ends when it has ended, with its exit code. Signals are passed on; where our own parent ends without
 * one (npm does not always pass SIGTERM on, and cannot pass SIGKILL), the script gets a SIGTERM. Where we are killed
 * ourselves, the preload tells the script.
 */
function runToItsEnd() {
  const scriptEnv = { ...env, LAUNCHER_PID: String(process.pid) }
  const preload = new URL("end-with-launcher.mjs", import.meta.url).href
  const child = spawn(node, ["--import", preload, script, ...args], { env: scriptEnv, stdio: "inherit" })
  let isAskedToEnd = false
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (isAskedToEnd = true))
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  process.on("SIGHUP", () => child.kill("SIGHUP"))
  passInterruptsOn(child)
  whenParentEnds(() => {
    if (!isAskedToEnd) child.kill("SIGTERM")
  })
  child.on("exit", (code, signal) => (process.exitCode = code ?? 128 + constants.signals[signal ?? "SIGKILL"]))
}

/**
 * A terminal's Ctrl-C goes to every process of the group, so the script has that SIGINT already: it is passed on only when
 * the script still runs 3 s later (the signal was for us alone), or when a second one comes. npm passes SIGINT on as well,
 * so a SIGINT within half a second of the first is an echo.
 *
 * @param {import("node:child_process").ChildProcess} child
 */
function passInterruptsOn(child) {
  let interruptedAtMs = Infinity
  process.on("SIGINT", () => {
    if (Date.now() - interruptedAtMs > 500) child.kill("SIGINT")
    if (interruptedAtMs !== Infinity) return
    interruptedAtMs = Date.now()
    setTimeout(() => child.kill("SIGINT"), 3000).unref()
  })
}

/** @param {string} line */
function say(line) {
  console.error(`causeway: ${line}`)
}

/** @param {string} line @returns {never} */
function stop(line) {
  say(line)
  process.exit(1)
}
