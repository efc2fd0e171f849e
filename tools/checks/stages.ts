import { globSync } from "node:fs"
import { join } from "node:path"
import { exec, root, type ExecOptions } from "./exec.ts"
import { checkImports } from "./imports.ts"
import { packInto } from "./packages.ts"
import { tallyChecks, type Tally } from "./tally.ts"
import { BrowserTests, conformance, fuzz, interop, ownCodec, vitest } from "./test-runs.ts"

export interface Stage {
  readonly name: string
  /** The subject of the stage, in a few words. */
  readonly about: string
  /**
   * Runs alone and shows its output as it comes. Other stages run side by side and show their output only on failure.
   */
  readonly isLive?: boolean
  /** Runs only with `--all`, because it takes minutes or needs more than Node and browsers. */
  readonly isExtra?: boolean
  /** Begins what the stage needs and other stages need not wait for. Called before the first stage runs. */
  prepare?(isAll: boolean): void
  /** Runs the stage. With `isAll` it runs in full, however long that takes. */
  run(isAll: boolean): Promise<Tally>
}

const browserTests = new BrowserTests()

/** The stages of `npm test -- --all`, in order. `npm test` leaves out the extra stages. */
export const stages: readonly Stage[] = [
  { name: "format", about: "the code is formatted", run: () => runAll([["oxfmt", "--check"]]) },
  { name: "fuzz", about: "every parser, a moment each", run: fuzz },
  { name: "lint", about: "rules of correctness, with types", run: () => runAll([["oxlint"]]) },
  { name: "lint-bites", about: "the lint finds what it must", run: lintBites },
  { name: "types", about: "every tsconfig.json", run: checkTypes },
  { name: "proto", about: "buf lint", run: () => runAll([["buf", "lint"]], { cwd: "proto" }) },
  { name: "generated", about: "gen folders are fresh", run: () => runAll([["node", "tools/generate.ts", "--check"]]) },
  { name: "imports", about: "directions, and no cycles", run: checkImportDirections },
  { name: "unused", about: "files, exports, dependencies", run: () => runAll([["knip", "--no-progress"]]) },
  { name: "build", about: "what is published", run: buildAndPack },
  { name: "size", about: "what the client weighs", isExtra: true, run: () => runAll([["node", "e2e/size/run.ts"]]) },
  { name: "unit", about: "tests beside the sources", isLive: true, run: () => vitest("unit") },
  { name: "integration", about: "tests of whole packages", isLive: true, run: () => vitest("integration") },
  {
    name: "codec",
    about: "the bridge over its own HTTP",
    isLive: true,
    isExtra: true,
    run: ownCodec,
  },
  { name: "wire", about: "the wire list, byte by byte", isLive: true, isExtra: true, run: () => vitest("wire") },
  {
    name: "packed",
    about: "the packages, installed elsewhere",
    isLive: true,
    isExtra: true,
    run: () => vitest("packed"),
  },
  { name: "interop", about: "servers and tests of others", isLive: true, isExtra: true, run: interop },
  {
    name: "browser",
    about: "the pages in browsers",
    isLive: true,
    prepare: (isAll) => browserTests.prepare(isAll),
    run: (isAll) => browserTests.run(isAll),
  },
  { name: "conformance", about: "the Connect conformance suite", isLive: true, isExtra: true, run: conformance },
]

/** Runs every command, even after a failure. Each command counts as one check. */
async function runAll(commands: readonly (readonly string[])[], options?: ExecOptions): Promise<Tally> {
  const failures: string[] = []
  for (const command of commands) {
    const { exitCode, output } = await exec(command, options)
    if (exitCode !== 0) failures.push(`$ ${command.join(" ")}\n${output}`)
  }
  return tallyChecks(commands.length, failures)
}

/** Proves that the type-aware lint works: it must find the three mistakes of a fixture. */
async function lintBites(): Promise<Tally> {
  const command = ["oxlint", "-c", "tools/fixtures/oxlint.json", "-f", "unix", "tools/fixtures/floating-promise.ts"]
  const { output } = await exec(command)
  const rules = ["no-floating-promises", "no-misused-promises", "await-thenable"]
  const missed = rules.filter((rule) => !output.includes(`[Error/typescript(${rule})]`))
  return tallyChecks(
    1,
    missed.length === 0 ? [] : [`$ ${command.join(" ")}\n${output}\nNot found: ${missed.join(", ")}\n`],
  )
}

function checkTypes(): Promise<Tally> {
  return runAll(filesOfWorkspace("**/tsconfig.json").map((file) => ["tsc", "--noEmit", "-p", file]))
}

function checkImportDirections(): Promise<Tally> {
  const problems = checkImports(root)
  return Promise.resolve(tallyChecks(1, problems.length === 0 ? [] : [`${problems.join("\n")}\n`]))
}

/** Builds and packs every package, and checks the tarballs that users get. */
function buildAndPack(): Promise<Tally> {
  const { command, packages } = packInto(join(root, ".cache/packed"))
  return runAll([command, ...packages.flatMap(({ tarball }) => checkTarball(tarball))])
}

/** Commands that check a tarball: its files exist, and every type resolver finds them. We publish only ESM. */
function checkTarball(tarball: string): (readonly string[])[] {
  return [
    ["publint", "--strict", tarball],
    ["attw", "--profile", "esm-only", "--format", "ascii", tarball],
  ]
}

function filesOfWorkspace(pattern: string): string[] {
  return globSync(pattern, {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|fixtures|template)$/.test(path),
  }).sort()
}
