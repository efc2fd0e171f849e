// Reads two streams in Chromium, by turns with our client and with connect-web, and prints the cost of each.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { build } from "vite"
import { root } from "../../tools/checks/exec.ts"
import { startFeedServer } from "./feed-server.ts"
import { measure, startChromium } from "./measure.ts"
import type { Sample } from "./measure.ts"
import type { ClientName } from "./page.ts"
import { document, formatTable } from "./report.ts"
import type { Series } from "./report.ts"

const usage = `Usage: npm run speed -- [options]

  --rounds <n>  how often each stream is read by each client (default: 5); the long messages, which are the fewest, thrice
                in a round
  --write       put the table into docs/client/speed.md
  --help        print this and end

Exit code: 1 when our client is behind in a median.
`

const clients = ["@causeway/client", "connect-web"] as const
const workloads = [
  { name: "a million messages of 100 bytes", request: { eventCount: 1_000_000, payloadBytes: 75 }, perRound: 1 },
  { name: "1 GB in messages of 1 MB", request: { eventCount: 1_000, payloadBytes: 1_000_000 }, perRound: 3 },
]

process.exitCode = await main()

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, write: { type: "boolean" }, help: { type: "boolean" } },
  })
  const rounds = Number(flags.rounds)
  if (flags.help === true || !(rounds >= 1)) {
    console.log(flags.help === true ? usage : `--rounds received ${flags.rounds}, expected a number from 1`)
    return flags.help === true ? 0 : 2
  }
  const [load] = loadavg()
  const series = await measureAll(rounds)
  const { text, isAhead } = formatTable(series)
  console.log(text)
  if (flags.write === true) writeFileSync(join(root, "docs/client/speed.md"), document(text, rounds, load))
  return isAhead ? 0 : 1
}

async function measureAll(rounds: number): Promise<readonly Series[]> {
  const dir = mkdtempSync(join(tmpdir(), "causeway-speed-"))
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: "warn",
    build: { outDir: dir, emptyOutDir: true, target: "es2022", rolldownOptions: { input: "page.html" } },
  })
  const server = await startFeedServer(
    dir,
    workloads.map(({ request }) => request),
  )
  const browser = await startChromium()
  try {
    const series: Series[] = []
    for (const { name, request, perRound } of workloads) {
      const samples: Record<ClientName, Sample[]> = { "@causeway/client": [], "connect-web": [] }
      const turns = rounds * perRound
      for (let turn = 1; turn <= turns; turn++) {
        // Each client goes first equally often.
        for (const client of turn % 2 === 1 ? clients : clients.toReversed()) {
          console.error(`${name}, ${turn} of ${turns}: ${client} …`)
          samples[client].push(await measure(browser, server.origin, client, request))
        }
      }
      series.push({ name, request, samples })
    }
    return series
  } finally {
    await browser.close()
    await server.close()
    rmSync(dir, { recursive: true, force: true })
  }
}
