import { setImmediate as aTurn } from "node:timers/promises"
import type { Bridge, BridgeParts, createBridge } from "./bridge.ts"
import { drainDelayMsOf } from "./config/drain-delay.ts"
import type { LoadedConfig } from "./config/load.ts"
import { loadConfig } from "./config/load.ts"
import type { Config } from "./config/schema.ts"
import { ConfigError, formatProblems } from "./config/check.ts"
import type { EventLog } from "./observe/events.ts"
import type { ConfigSource } from "./reload/config-reload.ts"
import type { EndSignal, Signals } from "./signals.ts"
import { bridgeVersion } from "./version.ts"

/** Why the process ends. */
type End = { readonly kind: "signal"; readonly signal: EndSignal } | { readonly kind: "defect" }

/** Does what the command line asks for. Returns the exit code. */
export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signals: Signals,
): Promise<number> {
  if (argv.length > 0 && !argv[0].startsWith("-")) {
    const { runCommand } = await import("./commands/run-command.ts")
    const result = runCommand(argv, env)
    process.stdout.write(result.stdout)
    process.stderr.write(result.stderr)
    return result.exitCode
  }
  const loaded = loadConfig(argv, env)
  switch (loaded.kind) {
    case "help":
      process.stdout.write(loaded.text)
      return 0
    case "version":
      process.stdout.write(`${bridgeVersion()}\n`)
      return 0
    case "problems":
      complain(`cannot start; see causeway-bridge --help\n${formatProblems(loaded.problems)}`)
      return 2
    case "config":
      return serve(loaded, sourceOf(loaded, argv, env), signals)
  }
}

/** The configuration file of the command line. Null: there is none. */
function sourceOf(
  { file, fileContent, warnings }: LoadedConfig,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ConfigSource | null {
  if (file === null || fileContent === null) return null
  return {
    path: file,
    content: fileContent,
    warnings,
    read() {
      const loaded = loadConfig(argv, env)
      if (loaded.kind === "config") return loaded
      throw new ConfigError(loaded.kind === "problems" ? loaded.problems : [])
    },
  }
}

/** Serves until a signal or a defect. Returns the exit code. */
async function serve(
  { config, warnings }: { readonly config: Config; readonly warnings: readonly string[] },
  source: ConfigSource | null,
  signals: Signals,
): Promise<number> {
  const { createLog } = await import("./observe/events.ts")
  const log = createLog(config.logLevel)
  process.on("exit", () => log.flushSync())
  for (const warning of warnings) log.warn(warning)
  const defect = Promise.withResolvers<End>()
  let exitCode = 0
  // Errors of a call end only that call. An error here escaped all guards, and the state of the process is unknown.
  const onDefect = (cause: unknown, origin: string): void => {
    log.error("fatal: an uncaught exception; the bridge closes", { origin, cause })
    exitCode = 1
    defect.resolve({ kind: "defect" })
  }
  process.on("uncaughtException", onDefect)
  const { createBridge } = await import("./bridge.ts")
  await aTurn() // a signal that came while modules loaded is delivered in the next turn of the event loop
  if (signals.isEnding) return 0
  const bridge = await start(createBridge, config, { log, source })
  if (bridge === null) return 1
  const wasServing = !signals.isEnding
  signals.attach({
    reload: () => void bridge.reload().catch((cause: unknown) => onDefect(cause, "reload")),
    ignored: (signal, why) => log.warn("a signal was ignored", { signal, why }),
  })
  const end = await Promise.race([signals.end.then((signal): End => ({ kind: "signal", signal })), defect.promise])
  try {
    await close(bridge, wasServing && isByPlatform(end), log)
    log.info("closed")
  } catch (cause) {
    onDefect(cause, "close")
  }
  await log.flush()
  return exitCode
}

/** Opens the ports and prints their addresses. Null: the start failed, and the reason was printed. */
async function start(create: typeof createBridge, config: Config, parts: BridgeParts): Promise<Bridge | null> {
  try {
    const bridge = await create(config, parts)
    process.stdout.write(`bridge   ${bridge.address}\n`)
    if (bridge.adminAddress !== null) process.stdout.write(`admin    ${bridge.adminAddress}\n`)
    return bridge
  } catch (cause) {
    const { explainStartFailure } = await import("./config/explain-start-failure.ts")
    complain(explainStartFailure(cause, config))
    return null
  }
}

/** SIGTERM and the like come from a platform, whose load balancers need time to notice. A person at a terminal does not wait. */
function isByPlatform(end: End): boolean {
  return end.kind === "signal" && end.signal !== "SIGINT" && end.signal !== "SIGHUP"
}

async function close(bridge: Bridge, waits: boolean, log: EventLog): Promise<void> {
  const { config } = bridge
  const { graceMs } = config
  const drainDelayMs = waits ? drainDelayMsOf(config) : 0
  log.info(
    drainDelayMs > 0
      ? "closing: /readyz answers 503; new calls are accepted until the drain delay is over"
      : "closing: new calls are refused; open calls may finish within the grace time",
    { drainDelayMs, graceMs },
  )
  await bridge.close(graceMs, drainDelayMs)
}

function complain(message: string): void {
  process.stderr.write(`causeway-bridge: ${message}\n`)
}
