#!/usr/bin/env node
import { Signals } from "./signals.ts"
import { isSupportedNode, supportedNode } from "./supported-node.ts"

// The imports above run on an old Node too, so that the program can say which version it needs. Everything else loads after the
// signal handlers are set, so that a signal during loading is a clean end too.

const signals = new Signals()
signals.listen()
process.stdout.on("error", () => {}) // the reader of the addresses may have gone (EPIPE); calls go on

process.exit(await main())

async function main(): Promise<number> {
  if (!isSupportedNode(process.versions.node)) {
    process.stderr.write(
      `causeway-bridge: this is Node ${process.versions.node}, whose HTTP/2 keeps broken connections; ${supportedNode} is needed\n`,
    )
    return 2
  }
  const { run } = await import("./run.ts")
  return run(process.argv.slice(2), process.env, signals)
}
