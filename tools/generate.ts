// Generates the code of every folder of proto sources, into its `gen`. With --check it generates into a temporary directory
// instead and compares: exit code 1 and the names of the files when the committed code is not what a fresh generation gives.
//
// Offline: buf and its plugins are the ones the package manager installed, and no source has a remote dependency.

import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, relative, sep } from "node:path"
import { parseArgs } from "node:util"

const root = dirname(import.meta.dirname)

/** The folders with proto sources and a buf.gen.yaml that says what is made of them, from the root. */
const folders = ["proto", "e2e/size", "e2e/speed"]

const { values: flags } = parseArgs({ options: { check: { type: "boolean", default: false } } })
process.exitCode = Math.max(
  ...folders.map((folder) => (flags.check ? check(folder) : generate(folder, join(root, folder)))),
)

function check(folder: string): number {
  const freshDir = mkdtempSync(join(tmpdir(), "generate-"))
  try {
    const exitCode = generate(folder, freshDir)
    if (exitCode !== 0) return exitCode
    const differences = compare(readTree(folder, freshDir), readTree(folder, join(root, folder)))
    if (differences.length === 0) return 0
    console.error("The committed code is not what a fresh generation gives; run `npm run generate` and commit:")
    for (const line of differences) console.error(`  ${line}`)
    return 1
  } finally {
    rmSync(freshDir, { recursive: true, force: true })
  }
}

/** Makes `<dir>/gen` of the sources in `folder`, and returns buf's exit code. */
function generate(folder: string, dir: string): number {
  const bins = ["node_modules", join(folder, "node_modules"), join(dirname(folder), "node_modules")]
  // buf looks for its plugins on PATH, whose launchers look for node there: it must be this Node, not an older one.
  const path = [dirname(process.execPath), ...bins.map((bin) => join(root, bin, ".bin")), process.env["PATH"]].join(
    delimiter,
  )
  const buf = join(root, "node_modules", "@bufbuild", "buf", "bin", "buf")
  const { status, error } = spawnSync(process.execPath, [buf, "generate", "--output", dir], {
    cwd: join(root, folder),
    env: { ...process.env, PATH: path },
    stdio: "inherit",
  })
  if (error !== undefined) throw error
  return status ?? 1
}

/** The files below `<dir>/gen`, by their path from the repository's root once committed as `<folder>/gen`. */
function readTree(folder: string, dir: string): Map<string, Buffer> {
  const entries = readdirSync(join(dir, "gen"), { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.sort().map((path) => [committedName(folder, relative(dir, path)), readFileSync(path)]))
}

function committedName(folder: string, path: string): string {
  return [folder, ...path.split(sep)].join("/")
}

function compare(fresh: Map<string, Buffer>, committed: Map<string, Buffer>): string[] {
  const names = [...new Set([...fresh.keys(), ...committed.keys()])].sort()
  return names.flatMap((name) => {
    const [freshBytes, committedBytes] = [fresh.get(name), committed.get(name)]
    if (committedBytes === undefined) return [`${name}  is missing`]
    if (freshBytes === undefined) return [`${name}  has no source any more`]
    return freshBytes.equals(committedBytes) ? [] : [`${name}  differs`]
  })
}
