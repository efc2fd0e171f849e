import { parseArgs } from "node:util"
import type { Amounts } from "./measure.ts"
import { peers } from "./subjects/peers.ts"

export const usage: string = `Usage: npm run bench -- [options]

Measures what a call costs the bridge in CPU time of the operating system, beside other programs in the same run: with Node's own HTTP
(bridge) and with the bridge's own (bridge-codec). Also memory of idle streams, latency and the time to start. Needs Linux.

  --against LIST   programs to compare with (default envoy,relay): ${peers.map(({ name }) => name).join(", ")}, or all
  --only WORD      measures only what has this word in its name: unary, stream, HTTP/1.1, h2c, TLS, text, idle, paced …
  --rounds N       how often each is measured (default 7), after a round that warms up
  --calls N        unary calls of one measurement (default 10000); others less: a stream of 1000 messages a twentieth of that
  --rate N         calls per second of the paced load (default 2000)
  --idle N         streams that are opened to measure the memory of one (default 10000)
  --json           prints the results as JSON
  --write          writes table and plot into docs/performance.md
  --help           prints this and ends

Comparisons of two bridges, both under load together:
  --paired PATH    with the bridge of another checkout (its dependencies installed), with large messages too: a call must not cost more
                   than 1.02 times what it cost there
  --fleet          a configuration of 1,000 routes and 100 endpoints with --upstream alone: a call must not cost more than 1.1 times as much
`

/** The programs of a run. */
export type Comparison =
  | { readonly kind: "peers"; readonly names: readonly string[] }
  /** The bridge of the checkout at this path. */
  | { readonly kind: "earlier"; readonly checkout: string }
  /** The same bridge with `--upstream` alone, while the bridge has a large configuration file. */
  | { readonly kind: "one-upstream" }

/** The options of a run. */
export interface Options extends Amounts {
  readonly comparison: Comparison
  /** Part of the names of the workloads that are measured. */
  readonly only: string
  readonly rounds: number
  readonly output: "text" | "json" | "help"
  readonly writes: boolean
}

/** With fewer calls the kernel's unit of CPU time distorts the figures. */
const minCalls = 4_000

/** @throws with the reason when the arguments make no sense */
export function readOptions(args: readonly string[]): Options {
  const { values: flags } = parseArgs({
    args: [...args],
    options: {
      against: { type: "string", default: "envoy,relay" },
      paired: { type: "string" },
      fleet: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string", default: "7" },
      calls: { type: "string", default: "10000" },
      rate: { type: "string", default: "2000" },
      idle: { type: "string", default: "10000" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  })
  return {
    comparison: comparisonOf(flags),
    only: flags.only,
    rounds: wholeNumber("--rounds", flags.rounds, 1),
    calls: wholeNumber("--calls", flags.calls, minCalls),
    callsPerSecond: wholeNumber("--rate", flags.rate, 1),
    idleStreams: wholeNumber("--idle", flags.idle, 100),
    output: flags.help ? "help" : flags.json ? "json" : "text",
    writes: flags.write,
  }
}

function comparisonOf(flags: {
  readonly against: string
  readonly paired?: string | undefined
  readonly fleet: boolean
}): Comparison {
  if (flags.fleet && flags.paired !== undefined) throw new Error("--fleet and --paired exclude each other")
  if (flags.fleet) return { kind: "one-upstream" }
  if (flags.paired !== undefined) return { kind: "earlier", checkout: flags.paired }
  const known = peers.map(({ name }) => name)
  const names = flags.against === "all" ? known : flags.against.split(",").filter((name) => name !== "")
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`--against knows ${known.join(", ")}, not ${unknown.join(", ")}`)
  return { kind: "peers", names }
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new Error(`${flag} expects a whole number from ${least}, not ${text}`)
}
