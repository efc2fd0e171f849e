#!/usr/bin/env node
import { Signals } from "./signals.ts"
import { isSupportedNode, supportedNode } from "./supported-node.ts"

// Only what an old Node can read is imported above, so that it can be told which one is needed. The rest loads once the signals
// are heard, so that one that comes meanwhile is a clean end too.

const signals = new Signals()
signals.listen()
process.stdout.on("error", () => {}) // whoever read the addresses may have gone (EPIPE); calls go on

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
