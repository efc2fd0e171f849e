#!/usr/bin/env node
import { readFileSync } from "node:fs"
import { constants } from "node:os"
import { isSupportedNode, supportedNode } from "./supported-node.ts"
import type { Bridge } from "./bridge.ts"
import type { Config } from "./config/schema.ts"
import type { EventLog } from "./observe/events.ts"

// Hardly more than Node's own modules is imported above: the rest loads once the signals are heard, so that one that comes meanwhile
// is a clean end too.

/** npm passes on the Ctrl-C that the terminal has given to every process: a SIGINT so soon after another is the same one. */
const echoMs = 500

type Signal = "SIGTERM" | "SIGINT"

const stop = Promise.withResolvers<void>()
let first: { readonly signal: Signal; readonly at: number } | null = null
let exitCode = 0

process.on("SIGTERM", () => onSignal("SIGTERM"))
process.on("SIGINT", () => onSignal("SIGINT"))
process.stdout.on("error", () => {}) // whoever read the addresses may have gone (EPIPE); calls go on

process.exit(await main())

/** The first asks for a graceful end, the second for one at once. */
function onSignal(signal: Signal): void {
  const at = performance.now()
  if (first === null) {
    first = { signal, at }
    stop.resolve()
    return
  }
  const isEcho = signal === "SIGINT" && first.signal === "SIGINT" && at - first.at < echoMs
  if (!isEcho) process.exit(128 + constants.signals[signal])
}

async function main(): Promise<number> {
  if (!isSupportedNode(process.versions.node)) {
    complain(`this is Node ${process.versions.node}, whose HTTP/2 keeps broken connections; ${supportedNode} is needed`)
    return 2
  }
  const [{ loadConfig }, { formatProblems }] = await Promise.all([
    import("./config/load.ts"),
    import("./config/check.ts"),
  ])
  const loaded = loadConfig(process.argv.slice(2), process.env)
  switch (loaded.kind) {
    case "help":
      process.stdout.write(loaded.text)
      return 0
    case "version":
      process.stdout.write(`${version()}\n`)
      return 0
    case "problems":
      complain(`cannot start; see causeway-bridge --help\n${formatProblems(loaded.problems)}`)
      return 2
    case "config":
      return serve(loaded.config)
  }
}

/** Serves until a signal comes or a defect shows; gives the exit code. */
async function serve(config: Config): Promise<number> {
  const { createLog } = await import("./observe/events.ts")
  const log = createLog(config.logLevel)
  process.on("exit", () => log.flushSync())
  process.on("uncaughtException", (cause, origin) => onDefect(log, cause, origin))
  const bridge = await start(config, log)
  if (bridge === null) return 1
  await stop.promise
  log.info("closing: open calls may finish", { graceMs: config.graceMs })
  try {
    await bridge.close(config.graceMs)
    log.info("closed")
  } catch (cause) {
    onDefect(log, cause, "close")
  }
  await log.flush()
  return exitCode
}

/** Opens the ports and says where they are; null: it could not, and has said why. */
async function start(config: Config, log: EventLog): Promise<Bridge | null> {
  const { createBridge } = await import("./bridge.ts")
  try {
    const bridge = await createBridge(config, { log })
    process.stdout.write(`bridge   ${bridge.address}\n`)
    if (bridge.adminAddress !== null) process.stdout.write(`admin    ${bridge.adminAddress}\n`)
    return bridge
  } catch (cause) {
    const { explainStartFailure } = await import("./config/explain-start-failure.ts")
    complain(explainStartFailure(cause, config))
    return null
  }
}

/** Exceptions end their call alone; what comes here escaped every guard, and nobody knows what it left half done. */
function onDefect(log: EventLog, cause: unknown, origin: string): void {
  log.error("fatal: an exception that nothing caught; the bridge closes", { origin, cause })
  exitCode = 1
  stop.resolve()
}

function complain(message: string): void {
  process.stderr.write(`causeway-bridge: ${message}\n`)
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string
  }
  return version
}
