// Generates proto/gen from the proto sources. With --check it generates into a temporary directory instead and
// compares: exit code 1 and the names of the files when the committed code is not what a fresh generation gives.
//
// Offline: buf and protoc-gen-es are the ones the package manager installed, and no source has a remote dependency.

import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, relative, sep } from "node:path"
import { parseArgs } from "node:util"

const root = dirname(import.meta.dirname)
const protoDir = join(root, "proto")

const { values: flags } = parseArgs({ options: { check: { type: "boolean", default: false } } })
process.exitCode = flags.check ? check() : generateInto(protoDir)

function check(): number {
  const freshDir = mkdtempSync(join(tmpdir(), "generate-"))
  try {
    const exitCode = generateInto(freshDir)
    if (exitCode !== 0) return exitCode
    const differences = compare(readTree(join(freshDir, "gen")), readTree(join(protoDir, "gen")))
    if (differences.length === 0) return 0
    console.error("The committed code is not what a fresh generation gives; run `npm run generate` and commit:")
    for (const line of differences) console.error(`  ${line}`)
    return 1
  } finally {
    rmSync(freshDir, { recursive: true, force: true })
  }
}

/** Writes `<dir>/gen` and returns buf's exit code. */
function generateInto(dir: string): number {
  const bin = join(root, "node_modules", ".bin")
  // buf looks for protoc-gen-es on PATH, whose launcher looks for node there: it must be this Node, not an older one.
  const path = [dirname(process.execPath), bin, process.env["PATH"]].join(delimiter)
  const buf = join(root, "node_modules", "@bufbuild", "buf", "bin", "buf")
  const { status, error } = spawnSync(process.execPath, [buf, "generate", "--output", dir], {
    cwd: protoDir,
    env: { ...process.env, PATH: path },
    stdio: "inherit",
  })
  if (error !== undefined) throw error
  return status ?? 1
}

/** The files below `dir`, by their path from the repository's root once committed. */
function readTree(dir: string): Map<string, Buffer> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort()
  return new Map(paths.map((path) => [committedName(relative(dir, path)), readFileSync(path)]))
}

function committedName(pathInGen: string): string {
  return ["proto", "gen", ...pathInGen.split(sep)].join("/")
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
