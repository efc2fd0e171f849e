// `npm start`: the gRPC server, the bridge in front of it and the console, until Ctrl-C.

import { setImmediate } from "node:timers/promises"

import type { Demo } from "./start/demo.ts"
import { portProblems } from "./start/ports.ts"
import { readSettings, type Settings } from "./start/settings.ts"

/** After this long the process ends, whatever still hangs: the bridge is killed with it. */
const hardStopMs = 1_800

const asked = Promise.withResolvers<void>()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => asked.resolve())
// A terminal that was closed takes no more lines (EIO, EPIPE); the end goes on.
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
  // Loaded only now. The load blocks: a signal that came meanwhile is heard in the turn after it, and nothing is started.
  const createWanted = await loadDemo(settings)
  const isAsked = await Promise.race([asked.promise.then(() => true), setImmediate(false)])
  if (isAsked) return 0
  const demo = createWanted()
  // Null: it was asked to end. The first end counts: parts that are being stopped have much to say that nobody needs.
  const problem = await Promise.race([asked.promise.then(() => null), startUp(demo)])
  say(problem ?? "stopping …")
  const tooLong = new Promise((resolve) => setTimeout(resolve, hardStopMs))
  await Promise.race([demo.stop(), tooLong])
  return problem === null ? 0 : 1
}

/** Loads what the settings ask for: the whole demo, or bridge and console before a server of the user's own. */
async function loadDemo(settings: Settings): Promise<() => Demo> {
  const { upstream } = settings
  if (upstream === null) {
    const { createDemo } = await import("./start/demo.ts")
    return () => createDemo(settings, say)
  }
  const { createOwnServerDemo } = await import("./start/own-server-demo.ts")
  return () => createOwnServerDemo(settings, upstream, say)
}

/** Starts the demo and prints where it is, which is not the end of it; gives the words for what went wrong. */
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
