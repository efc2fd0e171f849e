import type { Run, Share } from "./verdict.ts"
import { isSound, sharesOf } from "./verdict.ts"

/** The tables of docs/reliability.md. */
export function formatRun(run: Run): string {
  const { applied, refused } = run.reloads
  const lost = [...run.lost.values()].reduce((sum, count) => sum + count, 0)
  const facts: [string, string][] = [
    ["calls", `${run.calls} in ${run.seconds} s; ${run.missedCalls} more were due at ${run.ratePerSecond} a second`],
    ["lost", String(lost)],
    ["attempts", `${run.attempts}, ${run.attempts - run.calls} of them repeated a call`],
    ["crashes, restarts and moves", String(run.interruptions)],
    ["changes of the file", `${run.fileChanges}; ${applied} reloads, ${refused} failed`],
    ...run.carriers.map(({ carrier, calls, p50Ms, p95Ms, maxMs }): [string, string] => [
      `latency over ${carrier}`,
      `p50 ${p50Ms.toFixed(1)} ms, p95 ${p95Ms.toFixed(0)} ms, longest ${maxMs.toFixed(0)} ms (${calls} calls)`,
    ]),
    ["event loop of the bridge, longest delay", `${run.maxLoopDelayMs.toFixed(0)} ms`],
    ["gauges that are not back", run.left.length === 0 ? "none" : run.left.join(", ")],
  ]
  return [
    ...["| | |", "| --- | --- |", ...facts.map(([name, value]) => `| ${name} | ${value} |`), ""],
    ...[
      "| endpoints | attempts received | answered with OK | load / mean of the sound ones |",
      "| --- | --: | --: | --: |",
    ],
    ...rowsOf(sharesOf(run.members)),
  ].join("\n")
}

/** Endpoints without a fault share a row. */
function rowsOf(shares: readonly Share[]): string[] {
  const healthy = shares.filter(({ fault }) => fault === "none")
  const rows = shares
    .filter(({ fault }) => fault !== "none")
    .map(({ fault, received, answered, ratio }) => {
      return `| one that ${fault}${isSound(fault) ? " (sound)" : ""} | ${received} | ${answered} | ${ratio.toFixed(2)} |`
    })
  const range = (of: (share: Share) => number, digits: number): string => {
    const values = healthy.map(of)
    return `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`
  }
  const cells = [
    range(({ received }) => received, 0),
    range(({ answered }) => answered, 0),
    range(({ ratio }) => ratio, 3),
  ]
  return [...rows, `| ${healthy.length} without a fault, each | ${cells.join(" | ")} |`]
}
