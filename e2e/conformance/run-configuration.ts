import { availableParallelism } from "node:os"
import { exec } from "../../tools/checks/exec.ts"
import type { Configuration } from "./configurations.ts"
import type { Suite } from "./suite.ts"
import { startUnderTest, type UnderTest } from "./under-test.ts"

/** The result of one configuration. */
export interface Outcome {
  /** Cases that ran, known failures among them. */
  readonly cases: number
  readonly passed: number
  /** Cases that failed, passed against expectation, or did not run. */
  readonly failed: number
  readonly knownFailures: number
  readonly ms: number
  /** What the suite printed. */
  readonly output: string
}

/** What a run shows, and of which cases. */
export interface Choice {
  /** The cases with such a name; null: all. */
  readonly casePattern: string | null
  /** The output shows the HTTP exchange of each case that failed. */
  readonly isTraced: boolean
}

/** The time limit of a hanging suite. Far above the longest run on a busy machine. */
const maxMs = 1_200_000

/** Runs the suite once. */
export async function runConfiguration(suite: Suite, configuration: Configuration, choice: Choice): Promise<Outcome> {
  const startMs = performance.now()
  const { exitCode, output } = await runSuite(suite, configuration, choice)
  const cases = countIn(output, /^Total cases: (\d+)$/m)
  const passed = countIn(output, /^(\d+) passed, /m)
  const knownFailures = countIn(output, /^\(Another (\d+) failed as expected/m)
  // Counted here: the suite also reports success if the last cases got no answer.
  const least = choice.casePattern === null ? configuration.cases : 0
  const unexpected = Math.max(cases, least) - passed - knownFailures
  const failed = exitCode === 0 ? unexpected : Math.max(1, unexpected)
  return { cases, passed, failed, knownFailures, ms: performance.now() - startMs, output }
}

async function runSuite(
  suite: Suite,
  { mode, features, suites = [], client, backend, knownFailing }: Configuration,
  { casePattern, isTraced }: Choice,
): Promise<{ exitCode: number; output: string }> {
  const underTest: UnderTest[] = []
  try {
    if (client !== undefined) underTest.push(await startUnderTest("client", client))
    if (backend !== undefined) underTest.push(await startUnderTest("bridge", suite[backend]))
    const command = [
      suite.connectconformance,
      ...["--mode", mode, "--conf", features],
      ...suites.flatMap((file) => ["--test-file", file]),
      ...(knownFailing === undefined ? [] : ["--known-failing", `@${knownFailing}`]),
      ...(casePattern === null ? [] : ["--run", casePattern]),
      ...(isTraced ? ["--trace"] : []),
      // Cases have deadlines of 200 ms. With more parallel cases than cores the run would test the machine.
      ...["--max-servers", "2"],
      ...(mode === "server" ? ["--parallel", String(availableParallelism())] : []),
      ...underTest.flatMap((one, i) => [i === 0 ? "--" : "----", ...one.command]),
    ]
    return await exec(command, { cwd: "e2e/conformance", timeoutMs: maxMs })
  } finally {
    for (const one of underTest) await one.close()
  }
}

function countIn(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? 0)
}
