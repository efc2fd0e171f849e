// Changes the parsers and the pumps one small piece at a time, and shows which changes no test notices: `npm run mutate`,
// docs/mutation.md.

import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { endTogether, exec, root } from "./checks/exec.ts"
import { documentOf, textOf } from "./mutation/report.ts"
import type { MutationReport } from "./mutation/report.ts"

const usage = `Usage: npm run mutate -- [options]

  --files <glob,…>  change these alone (default: packages/protocol/src and packages/bridge/src/core)
  --write           put the score and what survived into docs/mutation.md
  --help            print this and end

Stryker is fetched for the run and is no dependency of the project. A whole run takes about an hour on two cores.
Exit code: 1 when Stryker could not run.
`

const defaultFiles = ["packages/protocol/src/**/*.ts", "packages/bridge/src/core/**/*.ts"]
/** These hold no decisions: tests, and files that only re-export. */
const leftOut = ["!**/*.test.ts", "!**/index.ts"]
const maxMs = 3 * 3_600_000

endTogether()
process.exitCode = await main()

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: { files: { type: "string" }, write: { type: "boolean" }, help: { type: "boolean" } },
  })
  if (flags.help === true) {
    console.log(usage)
    return 0
  }
  const files = flags.files?.split(",") ?? defaultFiles
  const { exitCode } = await exec(strykerCommand([...files, ...leftOut]), { isLive: true, timeoutMs: maxMs })
  if (exitCode !== 0) return 1
  const report = JSON.parse(readFileSync(join(root, ".cache/mutation/report.json"), "utf8")) as MutationReport
  console.log(textOf(report))
  if (flags.write === true) writeFileSync(join(root, "docs/mutation.md"), documentOf(report))
  return 0
}

/** The versions that were tried together. Vitest's is the project's own, since Stryker brings a second copy of it. */
function strykerCommand(files: readonly string[]): string[] {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: { vitest: string }
  }
  const packages = [
    "@stryker-mutator/core@10.1.1",
    "@stryker-mutator/vitest-runner@10.1.1",
    `vitest@${devDependencies.vitest}`,
  ]
  return [
    ...["npx", "--yes", "--prefer-offline", ...packages.flatMap((name) => ["-p", name])],
    ...["stryker", "run", "tools/mutation/stryker.json", "--mutate", files.join(",")],
  ]
}
