// `npm start` runs the gRPC server, the bridge in front of it and the console until Ctrl-C.

import { setImmediate } from "node:timers/promises"

import type { Demo } from "./start/demo.ts"
import { portProblems } from "./start/ports.ts"
import { readSettings, type Settings } from "./start/settings.ts"

/** The process exits this long after the stop began, even if a part hangs. The bridge is killed with it. */
const hardStopMs = 1_800

const asked = Promise.withResolvers<void>()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => asked.resolve())
// Writes to a closed terminal fail with EIO or EPIPE. The error must not interrupt the shutdown.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})

process.exit(await main())

async function main(): Promise<number> {
  const wanted = readSettings(process.argv.slice(2), process.env)
  switch (wanted.kind) {
    case "help":
      console.log(wanted.text)
      return 0
    case "problems":
      wanted.problems.forEach(say)
      return 1
    case "start":
      return run(wanted.settings)
  }
}

async function run(settings: Settings): Promise<number> {
  const problems = await portProblems(settings)
  if (problems.length > 0) {
    problems.forEach(say)
    return 1
  }
  // Loading the demo blocks the event loop. One turn later we see a signal that arrived meanwhile, and start nothing.
  const createWanted = await loadDemo(settings)
  const isAsked = await Promise.race([asked.promise.then(() => true), setImmediate(false)])
  if (isAsked) return 0
  const demo = createWanted()
  // Null means that a signal ended the demo. The first reason wins, because stopping parts may report errors too.
  const problem = await Promise.race([asked.promise.then(() => null), startUp(demo)])
  say(problem ?? "stopping …")
  const tooLong = new Promise((resolve) => setTimeout(resolve, hardStopMs))
  await Promise.race([demo.stop(), tooLong])
  return problem === null ? 0 : 1
}

/** Loads the whole demo, or with --upstream only bridge and console in front of the user's server. */
async function loadDemo(settings: Settings): Promise<() => Demo> {
  const { upstream } = settings
  if (upstream === null) {
    const { createDemo } = await import("./start/demo.ts")
    return () => createDemo(settings, say)
  }
  const { createOwnServerDemo } = await import("./start/own-server-demo.ts")
  return () => createOwnServerDemo(settings, upstream, say)
}

/** Starts the demo and prints its URLs. Resolves with a message when the start fails or a part is lost. */
async function startUp(demo: Demo): Promise<string> {
  try {
    const urls = await demo.start()
    for (const part of ["console", "bridge", "backend", "admin"] as const)
      console.log(`${part.padEnd(8)} ${urls[part]}`)
    say("ready; Ctrl-C stops everything")
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return demo.lost
}

function say(line: string): void {
  console.error(`causeway: ${line}`)
}
