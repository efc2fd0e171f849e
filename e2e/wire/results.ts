import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../tools/checks/exec.ts"
import type { Judged } from "./judge.ts"

/** The results of a run against one proxy. */
export interface WireResults {
  readonly target: string
  readonly version: string
  readonly results: readonly Judged[]
}

/** The folder for the results of all runs. */
export const resultsFolder: string = join(root, ".cache/wire/results")

/** Keeps the results of a whole run. */
export function saveResults(name: string, results: WireResults): void {
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(join(resultsFolder, `${name}.json`), `${JSON.stringify(results, null, 1)}\n`)
}
